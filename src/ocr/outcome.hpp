#pragma once

#include <string_view>

#include "ocr/fault.hpp"
#include "ocr/process.hpp"

namespace nassaq::ocr {

/// Says who is to blame for a program that did not succeed, by how it ended. What a program says with its exit code
/// differs from one to the next and is its caller's to judge: here it counts as a damaged file.
/// @param program  Its name, for the reason.
Fault blame(const Outcome& outcome, std::string_view program);

}  // namespace nassaq::ocr
