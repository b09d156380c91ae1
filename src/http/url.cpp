#include "http/url.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "http/ascii.hpp"
#include "http/problem.hpp"

namespace nassaq::http {
namespace {

enum class Plus { is_itself, is_blank };

std::optional<std::string> decode(std::string_view text, Plus plus) {
    std::string result;
    result.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const int high = text[i] == '%' && i + 2 < text.size() ? ascii::hex_value(text[i + 1]) : -1;
        const int low = high >= 0 ? ascii::hex_value(text[i + 2]) : -1;
        if (low >= 0) {
            result.push_back(static_cast<char>(high * 16 + low));
            i += 2;
        } else if (text[i] == '+' && plus == Plus::is_blank) {
            result.push_back(' ');
        } else {
            result.push_back(text[i]);
        }
    }
    if (result.find('\0') != std::string::npos || !text::is_valid_utf8(result)) return std::nullopt;
    return result;
}

NameValuePairs parse_pairs(std::string_view text, RefusalCode code, std::string_view refusal) {
    NameValuePairs pairs;
    while (!text.empty()) {
        const std::string_view piece = text.substr(0, text.find('&'));
        text.remove_prefix(std::min(piece.size() + 1, text.size()));
        if (piece.empty()) continue;
        const std::size_t equals = std::min(piece.find('='), piece.size());
        auto name = decode(piece.substr(0, equals), Plus::is_blank);
        auto value = decode(piece.substr(std::min(equals + 1, piece.size())), Plus::is_blank);
        if (!name || !value) throw Problem(400, code, refusal);
        pairs.emplace_back(std::move(*name), std::move(*value));
    }
    return pairs;
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text) {
    return decode(text, Plus::is_itself);
}

NameValuePairs parse_query(std::string_view query) {
    return parse_pairs(query, RefusalCode::malformed_query, "The query string must be valid UTF-8 without NUL");
}

NameValuePairs parse_form(std::string_view body) {
    return parse_pairs(body, RefusalCode::malformed_body, "The form must be valid UTF-8 without NUL");
}

}  // namespace nassaq::http
