#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "ocr/document.hpp"
#include "ocr/page_image.hpp"
#include "ocr/pdf_pictures.hpp"
#include "ocr/protocol.hpp"

namespace nassaq::ocr {

/// Points, 1/72 inch.
struct PageSize {
    double width = 0;
    double height = 0;
};

/// The programs of poppler-utils, each run as a further child process with limits of its own.
class Poppler {
public:
    /// @param order  Borrowed: must outlive this object.
    explicit Poppler(const Order& order) : order_(order) {}

    /// The size of each page, by pdfinfo. Knows a PDF that needs a password and one that is damaged, and refuses one of
    /// too many pages.
    [[nodiscard]] std::expected<std::vector<PageSize>, Fault> page_sizes() const;

    /// The text layer as pdftotext gives it, with a form feed after each page.
    [[nodiscard]] std::expected<std::string, Fault> text() const;

    /// The pictures of all pages, by pdfimages, without decoding them. Nothing where they cannot be told.
    [[nodiscard]] std::vector<PdfPicture> pictures() const;

    /// Decodes the pictures of a page into the order's folder, by pdfimages.
    /// @param number  From 1. @param count  How many pictures() has of that page.
    /// @return a file for each, in the order of pictures(); some may be empty or not there. Nothing where they cannot
    /// be decoded.
    [[nodiscard]] std::vector<std::filesystem::path> decode_pictures(std::int64_t number, std::size_t count) const;

    /// A page drawn in grey by pdftoppm: at 300 dpi, at the resolution of a coarser scan that covers it (a scan that is
    /// enlarged is read worse), or less where the page would be larger than Limits::raster_side.
    /// @param number  From 1.
    /// @param scan    The resolution of a scan that covers the page, where there is one.
    [[nodiscard]] std::expected<PixPtr, Fault> draw(std::int64_t number, const PageSize& size,
                                                    std::optional<double> scan) const;

private:
    [[nodiscard]] std::expected<std::string, Fault> run(const std::string& program, std::vector<std::string> arguments,
                                                        std::int64_t output_bytes) const;
    [[nodiscard]] double drawing_resolution(const PageSize& size, std::optional<double> scan) const;

    const Order& order_;
};

}  // namespace nassaq::ocr
