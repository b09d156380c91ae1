#pragma once

#include <expected>
#include <string_view>
#include <vector>

#include "ocr/document.hpp"
#include "ocr/progress.hpp"
#include "ocr/protocol.hpp"

namespace nassaq::ocr {

/// Reads the office files that are ZIP archives, whichever of them the content is: DOCX as one page (headers, body,
/// footers, notes, comments, pictures of text), XLSX as a page a sheet, PPTX as a page a slide with its notes.
std::expected<std::vector<Page>, Fault> read_office(const Order& order, const ReportProgress& report);

/// Reads a document of Word 97 to 2003, or one in RTF, as one page, by catdoc.
std::expected<std::vector<Page>, Fault> read_old_word(const Order& order, const ReportProgress& report);

}  // namespace nassaq::ocr
