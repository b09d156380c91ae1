#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace nassaq::documents {

/// The media type that a file of this extension has, for a download; "application/octet-stream" for an unknown one.
std::string_view content_type_of(std::string_view extension);

/// Whether the first bytes of `file` are what its extension promises (by libmagic). Extensions that we have no rule for
/// match anything.
/// @throws std::runtime_error when libmagic or its database cannot be used.
bool content_matches(const std::filesystem::path& file, std::string_view extension);

}  // namespace nassaq::documents
