#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "content/file_type.hpp"

struct Pix;  // Leptonica's image

namespace nassaq::ocr {

using content::FileType;

struct PixDeleter {
    void operator()(Pix* image) const;
};
/// An image of Leptonica. Below it is always 8-bit grey, black on white.
using PixPtr = std::unique_ptr<Pix, PixDeleter>;

/// Decodes a PNG, JPEG, BMP or PGM file. @return null when it cannot be decoded.
PixPtr decode_image(const std::filesystem::path& file, FileType type);

/// Decodes one page of a TIFF file. @param offset  Of its directory. @return null when it cannot be decoded.
PixPtr decode_tiff_page(const std::filesystem::path& file, std::uint64_t offset);

/// Turns an image as its EXIF orientation (1 to 8) asks, so that the top row is the visual top.
PixPtr apply_exif_orientation(PixPtr image, int orientation);

/// Turns an image clockwise by `quarters` right angles.
PixPtr rotate_by_quarters(PixPtr image, int quarters);

/// Turns an image by the few degrees that make its lines of text level. An image without clear lines stays as it is.
/// @return null where there is no memory for it.
PixPtr deskew(const PixPtr& image);

/// Shrinks an image so that neither side has more than `side` pixels. @return null where there is no memory for it.
PixPtr shrink_to(PixPtr image, std::int64_t side);

/// Shrinks an image of more than 400 dpi to 300: finer ones take longer to read and are read no better. @return null
/// where there is no memory for it.
PixPtr reduce_resolution(PixPtr image);

/// Enlarges an image of less than 150 dpi to 300: the letters of screens and thumbnails are too small to be read.
/// @return null where there is no memory for it.
PixPtr enlarge_coarse(PixPtr image);

/// True for icons, bullets and lines: a word does not fit in.
bool is_too_small_for_text(Pix* image);

/// True where nothing is dark enough to be writing: an empty page, or the back of one.
bool is_blank(Pix* image);

/// Dots per inch as the file says; 300 where it does not, or what it says cannot be.
int resolution_of(Pix* image);

void set_resolution(Pix* image, int dots_per_inch);

}  // namespace nassaq::ocr
