// What an extraction child says on its standard output. It has seen foreign bytes, so it may say anything.

#include <string>

#include "base/text.hpp"
#include "ocr/protocol.hpp"
#include "support.hpp"

namespace {

using namespace nassaq;

bool is_text(std::string_view text) {
    return text::is_valid_utf8(text) && !text.contains('\0');
}

bool is_share(double value) {
    return value >= 0 && value <= 1;
}

void check_document(const ocr::Document& document) {
    fuzz::require(document.word_count >= 0, "words are counted");
    fuzz::require(is_share(document.average_confidence), "the mean confidence is between 0 and 1");
    fuzz::require(is_text(document.primary_language), "a language is text");
    const ocr::Limits limits;
    std::int64_t bytes = 0;
    std::int64_t last_number = 0;
    for (const ocr::Page& page : document.pages) {
        fuzz::require(page.number > last_number, "pages are in order");
        last_number = page.number;
        bytes += static_cast<std::int64_t>(page.text.size());
        fuzz::require(is_text(page.text) && is_text(page.language), "a page is text");
        fuzz::require(is_share(page.confidence.value_or(0)), "a confidence is between 0 and 1");
    }
    fuzz::require(last_number <= limits.most_pages(), "pages are no more than are read");
    fuzz::require(bytes <= limits.text_bytes && document.word_count <= bytes, "text is no more than is read");
}

/// Before its result it may ask for tools, a line each.
void check_tool_order(std::string_view line) {
    const auto order = ocr::read_tool_order(line);
    if (!order) return;
    fuzz::require(order->output_bytes >= 0, "an output has a size");
    for (const std::string& argument : order->arguments) {
        fuzz::require(!argument.contains('\0'), "an argument is a string of C");
    }
    const std::string text = ocr::write_tool_order(*order);
    const auto again = ocr::read_tool_order(text);
    fuzz::require(again && ocr::write_tool_order(*again) == text, "an order can be written and read again");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    check_tool_order(fuzz::as_text(data, size));
    const auto result = ocr::read_result(fuzz::as_text(data, size));
    if (!result) {
        fuzz::require(is_text(result.error()) && !result.error().empty(), "an error says why");
        return 0;
    }
    if (*result) {
        check_document(**result);
    } else {
        fuzz::require(is_text(result->error().reason), "a reason is text");
    }
    const std::string text = ocr::write_result(*result);
    const auto again = ocr::read_result(text);
    fuzz::require(again && ocr::write_result(*again) == text, "what was read can be written and read again");
    return 0;
}
