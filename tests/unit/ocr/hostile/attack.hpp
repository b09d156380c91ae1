#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "ocr/protocol.hpp"

namespace nassaq::ocr::hostile {

/// What a test wants tried, as its document says it: a line each, NAME VALUE.
using Instructions = std::map<std::string, std::string>;

/// Something that a decoder which was taken over could try.
struct Attack {
    std::string name;
    std::function<bool()> succeeds;
};

/// Upon what belongs to the server and to other documents: `database`, `blob` (files), `victims` (a folder with a file
/// for each attack that would change one, named as the attack), `sibling` and `sibling_folder` (another child).
std::vector<Attack> attacks_on_files(const Order& order, const Instructions& instructions);
/// Upon the server and other processes, by memory, signals and priorities, and by processes of its own.
std::vector<Attack> attacks_on_processes(const Instructions& instructions);
/// Ways out of the sandbox, or into the kernel.
std::vector<Attack> attacks_on_the_system(const Order& order);

}  // namespace nassaq::ocr::hostile
