#include "base/json_string.hpp"

#include <fmt/format.h>

#include <iterator>

namespace nassaq {
namespace {

/// The short escape of a character that JSON (RFC 8259, 7) does not take as it is, or nothing.
std::string_view short_escape(char character) {
    switch (character) {
        case '"':
            return "\\\"";
        case '\\':
            return "\\\\";
        case '\n':
            return "\\n";
        case '\r':
            return "\\r";
        case '\t':
            return "\\t";
        case '\b':
            return "\\b";
        case '\f':
            return "\\f";
        default:
            return {};
    }
}

}  // namespace

void append_json_string(std::string& json, std::string_view text) {
    json += '"';
    std::size_t plain_begin = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte >= 0x20 && byte != '"' && byte != '\\') {
            continue;
        }
        json.append(text, plain_begin, i - plain_begin);
        plain_begin = i + 1;
        const std::string_view escape = short_escape(text[i]);
        if (!escape.empty()) {
            json += escape;
        } else {
            fmt::format_to(std::back_inserter(json), "\\u{:04x}", byte);
        }
    }
    json.append(text, plain_begin, text.size() - plain_begin);
    json += '"';
}

}  // namespace nassaq
