#pragma once

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "ocr/document.hpp"
#include "ocr/page_image.hpp"
#include "ocr/tesseract.hpp"

namespace nassaq::ocr {

/// Tells by reading a line or a few of a page which model it is to be read with. Costs a tenth of Tesseract's own
/// detection (Tesseract::detect_orientation()), which takes as long as reading the whole page does.
/// @param image   Level, 8-bit grey.
/// @param models  The one whose script a line looks like is tried first.
/// @return the first model that reads a line with confidence; nothing where none does: the page may lie on its side, or
/// upside down, or hold too little.
std::expected<std::optional<std::string>, Fault> probe_script(Tesseract& tesseract, Pix* image, int resolution,
                                                              std::vector<std::string> models);

}  // namespace nassaq::ocr
