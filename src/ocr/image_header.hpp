#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>

#include "content/file_type.hpp"
#include "ocr/document.hpp"
#include "ocr/limits.hpp"

namespace nassaq::ocr {

using content::FileType;

/// What an image says of itself before any pixel is decoded.
struct ImageHeader {
    std::int64_t width = 0;   ///< Pixels.
    std::int64_t height = 0;  ///< Pixels.
    int orientation = 1;      ///< As in EXIF, 1 to 8; only read from JPEG.
};

/// Reads the header of a PNG (IHDR), JPEG (SOF, EXIF), BMP, WebP or GIF file. @return nothing where it is missing or
/// broken.
/// @throws std::system_error when the file cannot be read.
std::optional<ImageHeader> read_image_header(const std::filesystem::path& file, FileType type);

/// Refuses what would take too much memory to decode: "The image is too large: 50000 × 50000."
std::expected<void, Fault> check_image_size(std::int64_t width, std::int64_t height, const Limits& limits);

}  // namespace nassaq::ocr
