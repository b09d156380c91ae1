#pragma once

#include <filesystem>
#include <span>

#include "settings/extraction_settings.hpp"

namespace nassaq::app {

/// Prints the text of each file on standard output, and why one gives none on standard error. Files are read one after
/// the other, each in a sandboxed child process as the worker's are.
/// @param json  A line of JSON a file instead, with what is known of each page, or with "error".
/// @return whether all could be read.
bool extract_files(const settings::ExtractionSettings& settings, std::span<const std::filesystem::path> files,
                   bool json);

}  // namespace nassaq::app
