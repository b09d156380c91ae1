#pragma once

#include <filesystem>
#include <string_view>

namespace nassaq::imports {

/// Names in a folder that is watched, where its files go that are done with. What is in them is not imported.
inline constexpr std::string_view done_folder = "done";
inline constexpr std::string_view failed_folder = "failed";

/// Moves a file of `root` to the same place below one of its folders; to another name where that is taken.
/// @return where it is now. @throws std::system_error
std::filesystem::path put_aside(const std::filesystem::path& root, std::string_view folder,
                                const std::filesystem::path& relative);
/// The same to `failed`, with a note beside it that says why: "letter.pdf.why.txt".
void put_aside_as_failed(const std::filesystem::path& root, const std::filesystem::path& relative,
                         std::string_view reason);

}  // namespace nassaq::imports
