#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace nassaq::ocr {

/// A picture on a page of a PDF, as pdfimages lists it.
struct PdfPicture {
    std::int64_t page = 0;
    bool is_image = false;    ///< Not the mask or transparency of another, nor a stencil.
    std::int64_t width = 0;   ///< Pixels.
    std::int64_t height = 0;  ///< Pixels.
    std::string object;       ///< The same where the picture is; empty for one that stands in the page itself.
    double across = 0;        ///< Dots per inch.
    double down = 0;          ///< Dots per inch.

    [[nodiscard]] double resolution() const;
    /// Square inches on the page.
    [[nodiscard]] double area() const;
};

/// What `pdfimages -list` prints, in its order. Lines that say nothing of a picture are left out.
std::vector<PdfPicture> parse_picture_list(std::string_view text);

}  // namespace nassaq::ocr
