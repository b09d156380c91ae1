#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace nassaq::documents {

/// The media type that a file of this extension should have; "application/octet-stream" for an unknown one.
std::string_view content_type_of(std::string_view extension);

/// The media type that the first bytes of `file` show: of a PNG that is named .jpg, PNG's. What they leave open, like
/// which of the office formats is in an archive, the extension decides. Extensions that we have no rule for take
/// anything.
/// @return nothing where the content is not what the extension may stand for (content::identify).
std::optional<std::string_view> find_content_type(const std::filesystem::path& file, std::string_view extension);

}  // namespace nassaq::documents
