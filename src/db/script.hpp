#pragma once

#include <string_view>
#include <vector>

namespace nassaq::db {

/// The statements of a migration file for a server: each ends with `;` at the end of a line, outside of `$$ … $$`.
std::vector<std::string_view> split_script(std::string_view script);

}  // namespace nassaq::db
