#include "ocr/image.hpp"

#include <utility>

#include "content/file_type.hpp"
#include "ocr/fault.hpp"
#include "ocr/heif.hpp"
#include "ocr/image_header.hpp"
#include "ocr/page_recogniser.hpp"
#include "ocr/random_access_file.hpp"
#include "ocr/step_limit.hpp"
#include "ocr/tiff_directories.hpp"

namespace nassaq::ocr {

namespace {

FileType type_of(const std::filesystem::path& file) {
    return content::detect_file_type(RandomAccessFile(file).head(content::head_bytes));
}

/// @param image  Null where it could not be decoded. @return null where there is no memory for it.
std::expected<PixPtr, Fault> fit(PixPtr image, const Limits& limits) {
    if (!image) return document_fault(Reason::file_damaged);
    return shrink_to(std::move(image), limits.raster_side);
}

std::expected<PixPtr, Fault> load_tiff_page(const std::filesystem::path& file, const TiffPage& page,
                                            const Limits& limits) {
    if (page.width <= 0 || page.height <= 0) return document_fault(Reason::file_damaged);
    const auto fits = check_image_size(page.width, page.height, limits);
    if (!fits) return std::unexpected(fits.error());
    return fit(decode_tiff_page(file, page.offset), limits);
}

std::expected<PixPtr, Fault> load_first_tiff_page(const std::filesystem::path& file, const Limits& limits) {
    const std::vector<TiffPage> directories = walk_tiff_directories(file, 1);
    if (directories.empty()) return document_fault(Reason::file_damaged);
    return load_tiff_page(file, directories.front(), limits);
}

std::expected<PixPtr, Fault> load_heif(const std::filesystem::path& file, const Limits& limits) {
    auto image = decode_heif(file, limits);
    if (!image) return std::unexpected(image.error());
    return fit(std::move(*image), limits);
}

std::expected<PixPtr, Fault> load_other(const std::filesystem::path& file, FileType type, const Limits& limits) {
    const auto header = read_image_header(file, type);
    if (!header) return document_fault(Reason::file_damaged);
    const auto fits = check_image_size(header->width, header->height, limits);
    if (!fits) return std::unexpected(fits.error());
    auto image = fit(decode_image(file, type), limits);
    if (!image || !*image) return image;
    return apply_exif_orientation(std::move(*image), header->orientation);
}

/// Recognises the pages that `load` gives, each under the limits of a page.
template <class Load>
std::expected<std::vector<Page>, Fault> recognise_all(const Order& order, std::size_t count,
                                                      const ReportProgress& report, Load load) {
    PageRecogniser recogniser(order.languages);
    std::vector<Page> pages;
    while (pages.size() < count) {
        report_progress(report, pages.size(), count);
        const StepLimit limit(order.limits.page_cpu_seconds, order.limits.page_wall_seconds);
        auto image = load(pages.size());
        if (!image) return std::unexpected(image.error());
        auto page = recogniser.recognise(std::move(*image), static_cast<std::int64_t>(pages.size()) + 1);
        if (!page) return std::unexpected(page.error());
        pages.push_back(std::move(*page));
    }
    return pages;
}

std::expected<std::vector<Page>, Fault> read_tiff(const Order& order, const ReportProgress& report) {
    const auto limit = static_cast<std::size_t>(order.limits.tiff_pages);
    const std::vector<TiffPage> directories = walk_tiff_directories(order.file, limit + 1);
    if (directories.empty()) return document_fault(Reason::file_damaged);
    if (directories.size() > limit) {
        return document_fault(Reason::too_many_image_pages, limit);
    }
    return recognise_all(order, directories.size(), report,
                         [&](std::size_t i) { return load_tiff_page(order.file, directories[i], order.limits); });
}

}  // namespace

std::expected<PixPtr, Fault> load_image(const std::filesystem::path& file, const Limits& limits) {
    switch (const FileType type = type_of(file)) {
        case FileType::tiff:
            return load_first_tiff_page(file, limits);
        case FileType::heif:
            return load_heif(file, limits);
        default:
            return load_other(file, type, limits);
    }
}

std::expected<std::vector<Page>, Fault> read_image(const Order& order, const ReportProgress& report) {
    if (type_of(order.file) == FileType::tiff) return read_tiff(order, report);
    return recognise_all(order, 1, report, [&](std::size_t) { return load_image(order.file, order.limits); });
}

}  // namespace nassaq::ocr
