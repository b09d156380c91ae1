#include "ocr/image.hpp"

#include <utility>

#include "ocr/fault.hpp"
#include "ocr/file_type.hpp"
#include "ocr/image_header.hpp"
#include "ocr/page_image.hpp"
#include "ocr/page_recogniser.hpp"
#include "ocr/random_access_file.hpp"
#include "ocr/tiff_directories.hpp"

namespace nassaq::ocr {

namespace {

std::expected<std::vector<Page>, Fault> read_tiff(const Order& order) {
    const auto limit = static_cast<std::size_t>(order.limits.tiff_pages);
    const std::vector<TiffPage> directories = walk_tiff_directories(order.file, limit + 1);
    if (directories.empty()) return document_fault(damaged_file);
    if (directories.size() > limit) {
        return document_fault("The image has more than " + std::to_string(limit) + " pages.");
    }
    PageRecogniser recogniser(order.languages);
    std::vector<Page> pages;
    for (const TiffPage& directory : directories) {
        if (directory.width <= 0 || directory.height <= 0) return document_fault(damaged_file);
        const auto fits = check_image_size(directory.width, directory.height, order.limits);
        if (!fits) return std::unexpected(fits.error());
        PixPtr image = decode_tiff_page(order.file, directory.offset);
        if (!image) return document_fault(damaged_file);
        auto page = recogniser.recognise(shrink_to(std::move(image), order.limits.raster_side),
                                         static_cast<std::int64_t>(pages.size()) + 1);
        if (!page) return std::unexpected(page.error());
        pages.push_back(std::move(*page));
    }
    return pages;
}

std::expected<std::vector<Page>, Fault> read_single_image(const Order& order, FileType type) {
    const auto header = read_image_header(order.file, type);
    if (!header) return document_fault(damaged_file);
    const auto fits = check_image_size(header->width, header->height, order.limits);
    if (!fits) return std::unexpected(fits.error());
    PixPtr image = decode_image(order.file, type);
    if (!image) return document_fault(damaged_file);
    image = apply_exif_orientation(shrink_to(std::move(image), order.limits.raster_side), header->orientation);
    auto page = PageRecogniser(order.languages).recognise(std::move(image), 1);
    if (!page) return std::unexpected(page.error());
    std::vector<Page> pages;
    pages.push_back(std::move(*page));
    return pages;
}

}  // namespace

std::expected<std::vector<Page>, Fault> read_image(const Order& order) {
    const FileType type = detect_file_type(RandomAccessFile(order.file).head(64));
    return type == FileType::tiff ? read_tiff(order) : read_single_image(order, type);
}

}  // namespace nassaq::ocr
