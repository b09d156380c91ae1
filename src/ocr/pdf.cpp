#include "ocr/pdf.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "ocr/fault.hpp"
#include "ocr/image_header.hpp"
#include "ocr/language.hpp"
#include "ocr/page_recogniser.hpp"
#include "ocr/picture_reader.hpp"
#include "ocr/poppler.hpp"
#include "ocr/step_limit.hpp"
#include "ocr/text_cleanup.hpp"
#include "ocr/text_layer.hpp"
#include "ocr/working_file.hpp"

namespace nassaq::ocr {

namespace {

/// Of a page, from which on pictures are taken for a scan of it.
constexpr double covered = 0.7;
/// A page with fewer words and a scan was stamped by a program, rather than recognised.
constexpr std::int64_t words_of_a_stamp = 15;
/// A page of more pictures is a drawing made of them, and decoding them all costs too much.
constexpr std::size_t most_pictures = 100;

/// One page for each form feed; pages that pdftotext left out at the end are empty.
std::vector<Page> split_pages(std::string_view text, std::size_t count) {
    std::vector<Page> pages(count);
    for (std::size_t i = 0; i < count; ++i) {
        const std::string_view page = text.substr(0, text.find('\f'));
        text.remove_prefix(std::min(text.size(), page.size() + 1));
        pages[i].number = static_cast<std::int64_t>(i) + 1;
        pages[i].text = clean_pdf_text(page);
    }
    return pages;
}

using Pictures = std::vector<PdfPicture>;

/// The resolution of the pictures of a page that cover it. Nothing where they do not.
std::optional<double> scan_resolution(const Pictures& pictures, const PageSize& size) {
    constexpr double points_per_inch = 72;
    double area = 0;
    double resolution = 0;
    for (const PdfPicture& picture : pictures) {
        area += picture.area();
        resolution = std::max(resolution, picture.resolution());
    }
    const double page_area = size.width * size.height / (points_per_inch * points_per_inch);
    if (area < covered * page_area) return std::nullopt;
    return resolution;
}

/// What is known of a page before its pixels are looked at.
struct Sheet {
    PageSize size;
    Pictures pictures;
    std::optional<double> scan;
};

bool has_no_text_layer(const Page& page, const Sheet& sheet) {
    const std::int64_t words = count_words(page.text);
    return words == 0 || (sheet.scan && words < words_of_a_stamp) || is_broken_text_layer(page.text);
}

/// The text that a document repeats is read once.
using KnownPictures = std::map<std::string, std::string>;

class PdfReader {
public:
    PdfReader(const Order& order, const ReportProgress& report)
        : order_(order),
          report_(report),
          poppler_(order),
          recogniser_(order.languages),
          pictures_(order, recogniser_) {}

    std::expected<std::vector<Page>, Fault> read() {
        const auto sizes = poppler_.page_sizes();
        if (!sizes) return std::unexpected(sizes.error());
        report_progress(report_, 0, sizes->size());
        const auto text = poppler_.text();
        if (!text) return std::unexpected(text.error());
        std::vector<Page> pages = split_pages(*text, sizes->size());
        list_sheets(*sizes);
        if (const auto allowed = check_scanned_pages(pages); !allowed) return std::unexpected(allowed.error());
        for (std::size_t i = 0; i < pages.size(); ++i) {
            const auto read = has_no_text_layer(pages[i], sheets_[i]) ? recognise(pages[i], sheets_[i])
                                                                      : add_pictures(pages[i], sheets_[i]);
            if (!read) return std::unexpected(read.error());
            report_progress(report_, i + 1, pages.size());
        }
        return pages;
    }

private:
    void list_sheets(const std::vector<PageSize>& sizes) {
        for (const PageSize& size : sizes) sheets_.push_back({.size = size, .pictures = {}, .scan = {}});
        for (PdfPicture& picture : poppler_.pictures()) {
            const auto page = static_cast<std::size_t>(picture.page - 1);
            if (page < sheets_.size()) sheets_[page].pictures.push_back(std::move(picture));
        }
        for (Sheet& sheet : sheets_) sheet.scan = scan_resolution(sheet.pictures, sheet.size);
    }

    [[nodiscard]] std::expected<void, Fault> check_scanned_pages(const std::vector<Page>& pages) const {
        std::int64_t scanned = 0;
        for (std::size_t i = 0; i < pages.size(); ++i) scanned += has_no_text_layer(pages[i], sheets_[i]) ? 1 : 0;
        if (scanned <= order_.limits.ocr_pages) return {};
        return document_fault(Reason::too_many_scanned_pages, scanned, order_.limits.ocr_pages);
    }

    /// A page that cannot be read has the text that it had.
    std::expected<void, Fault> recognise(Page& page, const Sheet& sheet) {
        auto image = poppler_.draw(page.number, sheet.size, sheet.scan);
        if (!image) return std::unexpected(image.error());
        const StepLimit limit(order_.limits.page_cpu_seconds, order_.limits.page_wall_seconds);
        auto recognised = recogniser_.recognise(std::move(*image), page.number);
        if (!recognised) return std::unexpected(recognised.error());
        if (count_words(recognised->text) > 0 || page.text.empty()) page = std::move(*recognised);
        return {};
    }

    /// Pictures under a whole text layer are what was recognised to make it.
    [[nodiscard]] bool has_pictures_to_read(const Sheet& sheet) const {
        const auto may_be_decoded = [&](const PdfPicture& picture) {
            return check_image_size(picture.width, picture.height, order_.limits).has_value();
        };
        return !sheet.scan && !sheet.pictures.empty() && sheet.pictures.size() <= most_pictures &&
               pictures_.may_go_on() && std::ranges::all_of(sheet.pictures, may_be_decoded) &&
               std::ranges::any_of(sheet.pictures, [&](const PdfPicture& picture) { return may_hold_text(picture); });
    }

    /// Not a bullet or an ornament.
    static bool may_hold_text(const PdfPicture& picture) {
        constexpr double least_area = 0.2;  // Square inches.
        return picture.is_image && picture.width >= 60 && picture.height >= 15 && picture.area() >= least_area;
    }

    std::expected<void, Fault> add_pictures(Page& page, const Sheet& sheet) {
        if (!has_pictures_to_read(sheet)) return {};
        const auto files = poppler_.decode_pictures(page.number, sheet.pictures.size());
        for (std::size_t i = 0; i < files.size(); ++i) {
            const auto text = text_of(sheet.pictures[i], files[i]);
            working_file::empty(files[i]);
            if (!text) return std::unexpected(text.error());
            if (!text->empty()) page.text += (page.text.empty() ? "" : "\n\n") + *text;
        }
        return {};
    }

    std::expected<std::string, Fault> text_of(const PdfPicture& picture, const std::filesystem::path& file) {
        if (!may_hold_text(picture) || !pictures_.may_go_on() || !working_file::holds_something(file)) {
            return std::string();
        }
        const auto known = known_.find(picture.object);
        if (known != known_.end()) return known->second;
        auto text = pictures_.read(file, static_cast<int>(std::lround(picture.resolution())));
        if (text && !picture.object.empty()) known_.emplace(picture.object, *text);
        return text;
    }

    const Order& order_;
    const ReportProgress& report_;
    Poppler poppler_;
    PageRecogniser recogniser_;
    PictureReader pictures_;
    std::vector<Sheet> sheets_;
    KnownPictures known_;
};

}  // namespace

std::expected<std::vector<Page>, Fault> read_pdf(const Order& order, const ReportProgress& report) {
    return PdfReader(order, report).read();
}

}  // namespace nassaq::ocr
