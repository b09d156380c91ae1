#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

/// What virtual paths are called.
namespace nassaq::text {

inline constexpr std::string_view root_path = "/";
inline constexpr std::size_t max_path_units = 500;  ///< UTF-16 units, as SQL Server's NVARCHAR(500) counts.

/// Puts a path in order: NFC, without '/' at its ends; the root is "/".
/// @return what is wrong with it, or nothing.
std::optional<std::string> tidy_path(std::string& path);
/// The same for a path that is to be made: others will see its name, so that nothing in it may hide.
std::optional<std::string> tidy_new_path(std::string& path);

}  // namespace nassaq::text
