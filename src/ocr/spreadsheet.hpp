#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "ocr/document.hpp"
#include "ocr/office_package.hpp"

namespace nassaq::ocr {

/// The sheets of a workbook (SpreadsheetML, ECMA-376-1, 18), in the order of their tabs: a line a row, tabs between the
/// cells.
/// @param workbook  The main part.
std::expected<std::vector<std::string>, Fault> read_sheets(OfficePackage& package, const std::string& workbook,
                                                           std::int64_t most_sheets);

}  // namespace nassaq::ocr
