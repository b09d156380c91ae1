#include "schema/write.hpp"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>
#include <cmath>
#include <iterator>

namespace nassaq::schema {
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

void write(std::string& json, std::string_view text) {
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

void write(std::string& json, std::int64_t number) {
    fmt::format_to(std::back_inserter(json), "{}", number);
}

void write(std::string& json, double number) {
    if (!std::isfinite(number)) {
        json += "null";  // As Pydantic writes what JSON cannot say.
        return;
    }
    const std::string digits = fmt::format("{}", number);
    json += digits;
    // Python writes a float as such even when it is whole.
    if (digits.find_first_of(".e") == std::string::npos) {
        json += ".0";
    }
}

void write(std::string& json, bool flag) {
    json += flag ? "true" : "false";
}

void write(std::string& json, Timestamp time) {
    json.append("\"").append(to_iso(time)).append("\"");
}

void write(std::string& json, const boost::json::value& value) {
    json += boost::json::serialize(value);
}

}  // namespace nassaq::schema
