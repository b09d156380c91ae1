#pragma once

#include <expected>
#include <vector>

#include "ocr/document.hpp"
#include "ocr/progress.hpp"
#include "ocr/protocol.hpp"

namespace nassaq::ocr {

/// Reads a PDF: each page by its text layer, or where that is empty by recognising its picture. Both kinds of page may
/// stand in one document.
std::expected<std::vector<Page>, Fault> read_pdf(const Order& order, const ReportProgress& report);

}  // namespace nassaq::ocr
