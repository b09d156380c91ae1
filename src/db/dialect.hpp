#pragma once

#include <string>
#include <string_view>

#include "db/driver.hpp"

/// What has to be said in different words to different databases; everything else is the same SQL for all.
namespace nassaq::db {

[[nodiscard]] std::string_view name_of(Dialect dialect);

/// A condition that compares `column` with a parameter without case, through the index that the migrations made for it.
[[nodiscard]] std::string equals_ignoring_case(Dialect dialect, std::string_view column);

/// `column`, to be compared and sorted in an order in which `text || last_character()` comes behind everything that
/// begins with `text`: that of code points, on SQL Server that of UTF-16 units.
[[nodiscard]] std::string in_code_point_order(Dialect dialect, std::string_view column);
[[nodiscard]] std::string_view last_character(Dialect dialect);

/// An UPDATE that returns columns of the rows that it changes, as they are then.
/// @param assignments  what stands behind SET.
std::string update_returning(Dialect dialect, std::string_view table, std::string_view assignments,
                             std::string_view condition, std::initializer_list<std::string_view> columns);

}  // namespace nassaq::db
