#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "ocr/document.hpp"
#include "ocr/process.hpp"
#include "ocr/protocol.hpp"

namespace nassaq::ocr {

/// A program of another package that reads foreign bytes for us.
struct Tool {
    std::string_view program;
    std::string_view package;  ///< The Debian package that it comes from, for whoever has to install it.
};

/// Has the server run a tool in the order's folder, as a further child process under the limits of a step (ToolRunner):
/// this process can start none.
/// @param output_bytes  A tool that writes more to standard output is killed.
/// @return how it ended; a temporary fault when it could not be started.
std::expected<Outcome, Fault> run_tool(const Order& order, const Tool& tool, std::vector<std::string> arguments,
                                       std::int64_t output_bytes);

}  // namespace nassaq::ocr
