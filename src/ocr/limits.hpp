#pragma once

#include <cstdint>

namespace nassaq::ocr {

/// What one document may cost. A document that needs more fails with a reason; it never harms the server.
struct Limits {
    std::int64_t address_space_bytes = std::int64_t{1} << 30;  ///< Of each process that sees foreign bytes.
    std::int64_t file_size_bytes = std::int64_t{256} << 20;    ///< Of each temporary file.
    std::int64_t open_files = 64;
    std::int64_t step_cpu_seconds = 20;  ///< One run of a PDF tool: what stops a hostile file.
    /// The same by the clock on the wall, with room for a busy machine, which is no fault of the document.
    std::int64_t step_wall_seconds = 120;
    std::int64_t image_pixels = 100'000'000;
    std::int64_t image_side = 20'000;   ///< Pixels of width or height of an image that is decoded.
    std::int64_t raster_side = 10'000;  ///< Pixels of width or height of a PDF page that is drawn for recognition.
    std::int64_t text_pages = 2'000;    ///< Of a PDF.
    std::int64_t ocr_pages = 200;       ///< Of a PDF, pages without a text layer.
    std::int64_t tiff_pages = 200;
    std::int64_t text_bytes = std::int64_t{20} << 20;  ///< Of the extracted text, in UTF-8.
};

}  // namespace nassaq::ocr
