#include "ocr/pdf.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "ocr/fault.hpp"
#include "ocr/language.hpp"
#include "ocr/page_recogniser.hpp"
#include "ocr/poppler.hpp"
#include "ocr/text_cleanup.hpp"

namespace nassaq::ocr {

namespace {

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

bool has_no_text_layer(const Page& page) {
    return count_words(page.text) == 0;
}

}  // namespace

std::expected<std::vector<Page>, Fault> read_pdf(const Order& order) {
    const Poppler poppler(order);
    const auto sizes = poppler.page_sizes();
    if (!sizes) return std::unexpected(sizes.error());
    const auto text = poppler.text();
    if (!text) return std::unexpected(text.error());

    std::vector<Page> pages = split_pages(*text, sizes->size());
    const auto scanned = std::ranges::count_if(pages, has_no_text_layer);
    if (scanned > order.limits.ocr_pages) {
        return document_fault("The PDF has " + std::to_string(scanned) + " scanned pages; at most " +
                              std::to_string(order.limits.ocr_pages) + " can be recognised.");
    }
    PageRecogniser recogniser(order.languages);
    for (Page& page : pages) {
        if (!has_no_text_layer(page)) continue;
        auto image = poppler.draw(page.number, (*sizes)[static_cast<std::size_t>(page.number - 1)]);
        if (!image) return std::unexpected(image.error());
        auto recognised = recogniser.recognise(std::move(*image), page.number);
        if (!recognised) return std::unexpected(recognised.error());
        page = std::move(*recognised);
    }
    return pages;
}

}  // namespace nassaq::ocr
