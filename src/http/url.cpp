#include "http/url.hpp"

#include <algorithm>
#include <optional>

#include "base/text.hpp"
#include "http/problem.hpp"

namespace nassaq::http {
namespace {

std::optional<std::string> decode_with_blanks(std::string_view encoded) {
    std::string blanks(encoded);
    std::ranges::replace(blanks, '+', ' ');
    return text::percent_decode_text(blanks);
}

NameValuePairs parse_pairs(std::string_view text, RefusalCode code, std::string_view refusal) {
    NameValuePairs pairs;
    while (!text.empty()) {
        const std::string_view piece = text.substr(0, text.find('&'));
        text.remove_prefix(std::min(piece.size() + 1, text.size()));
        if (piece.empty()) continue;
        const std::size_t equals = std::min(piece.find('='), piece.size());
        auto name = decode_with_blanks(piece.substr(0, equals));
        auto value = decode_with_blanks(piece.substr(std::min(equals + 1, piece.size())));
        if (!name || !value) throw Problem(400, code, refusal);
        pairs.emplace_back(std::move(*name), std::move(*value));
    }
    return pairs;
}

}  // namespace

NameValuePairs parse_query(std::string_view query) {
    return parse_pairs(query, RefusalCode::malformed_query, "The query string must be valid UTF-8 without NUL");
}

NameValuePairs parse_form(std::string_view body) {
    return parse_pairs(body, RefusalCode::malformed_body, "The form must be valid UTF-8 without NUL");
}

}  // namespace nassaq::http
