#pragma once

#include <filesystem>
#include <string_view>

/// Files in the folder of an order. A child may make, write and read them, but neither remove nor rename them, so that
/// the server sees how much room they take (Supervisor); they go with the folder.
namespace nassaq::ocr::working_file {

/// What was in the file is lost. @throws std::system_error
void write(const std::filesystem::path& file, std::string_view content);
/// Gives back the room that it takes. Nothing where there is no such file.
void empty(const std::filesystem::path& file);
[[nodiscard]] bool holds_something(const std::filesystem::path& file);

}  // namespace nassaq::ocr::working_file
