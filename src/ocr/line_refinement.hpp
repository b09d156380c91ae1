#pragma once

#include <expected>
#include <string>
#include <vector>

#include "ocr/document.hpp"
#include "ocr/page_image.hpp"
#include "ocr/recognised_line.hpp"
#include "ocr/tesseract.hpp"

namespace nassaq::ocr {

/// Reads again, with one model alone, the lines in which the choice of models went wrong: the words of Arabic lines
/// that the English model took for its own, or that nobody was sure of; and Latin lines on pages read with the Arabic
/// model. A second reading counts only where it is surer.
/// @param image      The page, as the last Tesseract::recognise() of the whole page saw it.
/// @param used       The languages that it was read with.
/// @param languages  All that there may be.
/// @param lines      Changed in place.
std::expected<void, Fault> refine_lines(Tesseract& tesseract, Pix* image, int resolution, const std::string& used,
                                        const std::string& languages, std::vector<Line>& lines);

}  // namespace nassaq::ocr
