#pragma once

#include <expected>
#include <filesystem>

#include "ocr/document.hpp"
#include "ocr/limits.hpp"
#include "ocr/page_image.hpp"

namespace nassaq::ocr {

/// Decodes the primary image of a HEIC or HEIF file, upright as the file says. The size is taken from its header and
/// refused before anything is decoded.
std::expected<PixPtr, Fault> decode_heif(const std::filesystem::path& file, const Limits& limits);

}  // namespace nassaq::ocr
