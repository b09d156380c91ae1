#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <utility>

#include "ocr/document.hpp"
#include "ocr/page_image.hpp"
#include "ocr/tesseract.hpp"

namespace nassaq::ocr {

/// Turns the image of a page into its text. For one thread; models are loaded with the first page that needs them.
class PageRecogniser {
public:
    /// @param languages  As Tesseract names them: "ara+eng".
    explicit PageRecogniser(std::string languages) : languages_(std::move(languages)) {}

    /// @param image  8-bit grey; null where there was no memory for it.
    std::expected<Page, Fault> recognise(PixPtr image, std::int64_t page_number);

private:
    struct Routed {
        PixPtr image;
        std::string languages;
    };
    /// Turns the page upright and level, and chooses the languages by its script. The image is null where there was no
    /// memory for it.
    std::expected<Routed, Fault> route(PixPtr image, int resolution);
    std::expected<Routed, Fault> detect(PixPtr image, int resolution);

    std::string languages_;
    Tesseract tesseract_;
};

}  // namespace nassaq::ocr
