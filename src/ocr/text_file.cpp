#include "ocr/text_file.hpp"

#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <cstdint>
#include <stdexcept>

#include "base/code_points.hpp"
#include "base/file.hpp"
#include "ocr/fault.hpp"
#include "ocr/text_cleanup.hpp"

namespace nassaq::ocr {

namespace {

/// Control characters and replacement characters: a file of mostly such is not text, whatever its name says.
bool is_mostly_garbage(std::string_view utf8) {
    std::size_t garbage = 0;
    std::size_t characters = 0;
    text::for_each_code_point(utf8, [&](text::CodePoint c) {
        ++characters;
        if (c == 0xFFFD || (u_iscntrl(c) != 0 && u_isUWhiteSpace(c) == 0)) ++garbage;
    });
    return garbage * 10 > characters * 3;
}

}  // namespace

std::string decode(std::string_view bytes, Charset charset) {
    icu::UnicodeString text(bytes.data(), static_cast<int32_t>(bytes.size()), name_of(charset));
    if (text.startsWith(u'\uFEFF') != 0) text.remove(0, 1);
    std::string result;
    text.toUTF8String(result);
    return result;
}

std::expected<std::vector<Page>, Fault> read_text_file(const Order& order) {
    const auto limit = static_cast<std::size_t>(order.limits.text_bytes);
    std::string bytes;
    try {
        bytes = file::read_small(order.file, limit);
    } catch (const std::length_error&) {
        return document_fault(Reason::text_file_too_large, order.limits.text_bytes >> 20);
    }
    const std::string text = decode(bytes, detect_charset(bytes));
    if (is_mostly_garbage(text)) return document_fault(Reason::no_text_file);
    Page page;
    page.text = clean_decoded_text(text);
    page.method = Method::decoded;
    return std::vector{std::move(page)};
}

}  // namespace nassaq::ocr
