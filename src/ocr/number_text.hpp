#pragma once

#include <string>
#include <string_view>

namespace nassaq::ocr {

/// What a number in a cell stands for, as its format says.
enum class CellFormat { number, percentage, date };

/// Of a format code (ECMA-376-1, 18.8.31): "yyyy\-mm\-dd" is a date, "0.0%" a percentage.
CellFormat format_of_code(std::string_view code);

/// A number as a person would type it: 4525.5, 15 %, 2024-09-01, 2024-09-01 13:30, 13:30:05. What is no number stays as
/// it is.
/// @param counts_from_1904  Dates are days since 1904-01-01 rather than since 1899-12-30.
std::string number_text(const std::string& value, CellFormat format, bool counts_from_1904);

}  // namespace nassaq::ocr
