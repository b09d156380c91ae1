#pragma once

#include <expected>
#include <string>
#include <vector>

#include "ocr/document.hpp"
#include "ocr/page_image.hpp"
#include "ocr/recognised_line.hpp"
#include "ocr/tesseract.hpp"

namespace nassaq::ocr {

/// Reads again, with the model of the other script, the lines and words that the model of the page's main script is not
/// sure of, and takes what is read better: a page of one script costs one reading, and one of both little more.
/// @param image  What `lines` were read from.
/// @param other  Empty where there is no other model.
/// @return whether the page holds writing of the other script.
std::expected<bool, Fault> refine_lines(Tesseract& tesseract, Pix* image, int resolution, const std::string& other,
                                        std::vector<Line>& lines);

}  // namespace nassaq::ocr
