#pragma once

#include <expected>
#include <filesystem>
#include <vector>

#include "ocr/document.hpp"
#include "ocr/limits.hpp"
#include "ocr/page_image.hpp"
#include "ocr/progress.hpp"
#include "ocr/protocol.hpp"

namespace nassaq::ocr {

/// Reads a PNG, JPEG, BMP, HEIF, WebP or GIF file as one page and a TIFF file as all of its pages, whatever the
/// extension says. The size is taken from the header and refused before anything is decoded.
std::expected<std::vector<Page>, Fault> read_image(const Order& order, const ReportProgress& report);

/// Decodes the first image of such a file, upright.
std::expected<PixPtr, Fault> load_image(const std::filesystem::path& file, const Limits& limits);

}  // namespace nassaq::ocr
