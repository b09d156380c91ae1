#pragma once

#include <expected>
#include <string>
#include <vector>

#include "ocr/document.hpp"
#include "ocr/page_image.hpp"
#include "ocr/recognised_line.hpp"
#include "ocr/tesseract.hpp"

namespace nassaq::ocr {

/// Finds the lines of writing that Tesseract's page layout silently dropped: what was recognised is wiped from the
/// binary image, each band of ink that remains is recognised again as a block, and lines that are new and believable
/// are put in where they stand.
/// @param image   The page, as the last Tesseract::recognise() saw it.
/// @param binary  Its ink. It is wiped.
/// @param models  Are tried one after the other.
/// @param lines   What was recognised, from top to bottom.
std::expected<void, Fault> recover_lines(Tesseract& tesseract, Pix* image, Pix* binary, int resolution,
                                         const std::vector<std::string>& models, std::vector<Line>& lines);

}  // namespace nassaq::ocr
