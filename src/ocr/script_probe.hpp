#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>

#include "ocr/document.hpp"
#include "ocr/page_image.hpp"
#include "ocr/tesseract.hpp"

namespace nassaq::ocr {

/// What a few lines of a page are written in.
struct ProbedScript {
    int arabic_lines = 0;
    int latin_lines = 0;
};

/// Tells by reading a few lines, spread over the page, what it is written in. Costs a tenth of Tesseract's own
/// detection (Tesseract::detect_orientation()), which takes as long as reading the whole page does.
/// @param image      Level, 8-bit grey.
/// @param languages  Arabic and Latin are looked for as far as they are among them.
/// @return nothing where some line cannot be read with confidence: the page may lie on its side, or upside down, or
/// hold too little.
std::expected<std::optional<ProbedScript>, Fault> probe_script(Tesseract& tesseract, Pix* image, int resolution,
                                                               const std::string& languages);

}  // namespace nassaq::ocr
