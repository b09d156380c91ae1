#pragma once

#include <string_view>

namespace nassaq::ocr {

/// Whether the text layer of a page is not what stands on it, as old Arabic producers leave it: letters in the order of
/// the glyphs, so that words begin with what only ends words (at least 5 % with ة or ى), words in pieces (at least 15 %
/// of one letter other than و), or glyphs without a meaning (at least 5 % replacement and private-use characters).
/// Measured on the words with Arabic letters, where there are enough to tell. The thresholds were found by trial:
/// sound pages stay below half of them.
/// @param text  After clean_pdf_text().
bool is_broken_text_layer(std::string_view text);

}  // namespace nassaq::ocr
