#pragma once

#include <algorithm>
#include <cstdint>

namespace nassaq::ocr {

/// What one document may cost. The wall clocks of steps and pages are for what hangs: what computes on a busy machine
/// gets up to four times as long, within its processor time. A document that needs more fails with a reason; it never
/// harms the server.
struct Limits {
    std::int64_t address_space_bytes = std::int64_t{1} << 30;  ///< Of each process that sees foreign bytes.
    std::int64_t file_size_bytes = std::int64_t{256} << 20;    ///< Of each temporary file.
    std::int64_t folder_bytes = std::int64_t{1} << 30;         ///< Of all temporary files together.
    std::int64_t open_files = 64;
    std::int64_t step_cpu_seconds = 20;  ///< One run of a tool, or one file of text or markup.
    std::int64_t step_wall_seconds = 30;
    std::int64_t page_cpu_seconds = 60;  ///< One page or picture that is recognised.
    std::int64_t page_wall_seconds = 90;
    std::int64_t image_pixels = 100'000'000;
    std::int64_t image_side = 20'000;   ///< Pixels of width or height of an image that is decoded.
    std::int64_t raster_side = 10'000;  ///< Pixels of width or height of a PDF page that is drawn for recognition.
    std::int64_t text_pages = 2'000;    ///< Of a PDF or an office file (sheets, slides).
    std::int64_t ocr_pages = 200;       ///< Pages without a text layer; and, beside them, pictures on pages with one.
    std::int64_t tiff_pages = 200;
    std::int64_t text_bytes = std::int64_t{20} << 20;  ///< Of the extracted text, in UTF-8.
    /// Of one part of an office file, inflated, as counted while it is inflated. All parts together: four times that.
    std::int64_t inflated_bytes = std::int64_t{64} << 20;
    std::int64_t inflation_ratio = 200;  ///< Inflated to compressed size, of parts of more than 1 MiB.

    [[nodiscard]] std::int64_t most_pages() const { return std::max(text_pages, tiff_pages); }
};

}  // namespace nassaq::ocr
