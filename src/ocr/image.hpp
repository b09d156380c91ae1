#pragma once

#include <expected>
#include <vector>

#include "ocr/document.hpp"
#include "ocr/protocol.hpp"

namespace nassaq::ocr {

/// Reads a PNG, JPEG or BMP file as one page and a TIFF file as all of its pages, whatever the extension says. The size
/// is taken from the header and refused before anything is decoded.
std::expected<std::vector<Page>, Fault> read_image(const Order& order);

}  // namespace nassaq::ocr
