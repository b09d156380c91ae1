#pragma once

#include "ocr/progress.hpp"
#include "ocr/protocol.hpp"

namespace nassaq::ocr {

/// Reads a document in this process: chooses the reader by the extension of its name, makes sure that the content is
/// of that kind, and sums up the pages. Only to be called in an extraction child.
Result extract_document(const Order& order, const ReportProgress& report);

}  // namespace nassaq::ocr
