#include "schema/json_text.hpp"

#include <algorithm>
#include <boost/json/parser.hpp>
#include <optional>
#include <utility>

#include "base/text.hpp"
#include "schema/digits.hpp"

namespace nassaq::schema {
namespace {

bool is_hex_digit(char c) {
    return text::hex_value(c) >= 0;
}

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/// Looks for the place where a text stops being JSON, in the order in which Python's json module would come across it,
/// and names it with that module's words: clients know them. Runs only on what Boost has refused.
class FaultFinder {
public:
    explicit FaultFinder(std::string_view text) : text_(text) {}

    /// Nothing when the text is JSON as far as this can tell. Offsets are in bytes.
    std::optional<JsonError> find() {
        skip_space();
        if (scan_value()) {
            skip_space();
            if (position_ < text_.size()) {
                fail(position_, "Extra data");
            }
        }
        return std::move(fault_);
    }

private:
    // Each scan_...() moves position_ behind what it has read, or sets fault_ and returns false.

    bool fail(std::size_t offset, const char* message) {
        fault_ = JsonError{offset, message};
        return false;
    }

    [[nodiscard]] bool at(char wanted) const { return position_ < text_.size() && text_[position_] == wanted; }

    bool skip(char wanted) {
        const bool found = at(wanted);
        position_ += found ? 1 : 0;
        return found;
    }

    bool skip(std::string_view wanted) {
        const bool found = text_.substr(position_).starts_with(wanted);
        position_ += found ? wanted.size() : 0;
        return found;
    }

    void skip_space() {
        while (position_ < text_.size() && is_space(text_[position_])) {
            ++position_;
        }
    }

    bool skip_digits() {
        const std::size_t start = position_;
        while (position_ < text_.size() && is_digit(text_[position_])) {
            ++position_;
        }
        return position_ > start;
    }

    bool scan_value() {
        if (at('"')) {
            return scan_string();
        }
        if (at('{') || at('[')) {
            if (depth_ == max_json_depth) {
                return fail(position_, "Nesting is deeper than 64 levels");
            }
            ++depth_;
            const bool good = skip('{') ? scan_members() : scan_elements();
            --depth_;
            return good;
        }
        return skip("null") || skip("true") || skip("false") || scan_number() || fail(position_, "Expecting value");
    }

    bool scan_members() {
        skip_space();
        if (skip('}')) {
            return true;
        }
        for (;;) {
            if (!at('"')) {
                return fail(position_, "Expecting property name enclosed in double quotes");
            }
            if (!scan_string()) {
                return false;
            }
            skip_space();
            if (!skip(':')) {
                return fail(position_, "Expecting ':' delimiter");
            }
            skip_space();
            if (!scan_value()) {
                return false;
            }
            skip_space();
            if (skip('}')) {
                return true;
            }
            if (!skip(',')) {
                return fail(position_, "Expecting ',' delimiter");
            }
            skip_space();
        }
    }

    bool scan_elements() {
        skip('[');
        skip_space();
        if (skip(']')) {
            return true;
        }
        for (;;) {
            if (!scan_value()) {
                return false;
            }
            skip_space();
            if (skip(']')) {
                return true;
            }
            if (!skip(',')) {
                return fail(position_, "Expecting ',' delimiter");
            }
            skip_space();
        }
    }

    bool scan_string() {
        const std::size_t start = position_;
        skip('"');
        while (position_ < text_.size()) {
            if (skip('"')) {
                return true;
            }
            if (static_cast<unsigned char>(text_[position_]) < 0x20) {
                return fail(position_, "Invalid control character at");
            }
            if (!skip('\\')) {
                ++position_;
            } else if (position_ < text_.size() && !scan_escape()) {
                return false;
            }
        }
        return fail(start, "Unterminated string starting at");
    }

    /// What follows a backslash.
    bool scan_escape() {
        if (!at('u')) {
            return std::string_view("\"\\/bfnrt").find(text_[position_]) != std::string_view::npos
                       ? (++position_, true)
                       : fail(position_ - 1, "Invalid \\escape");
        }
        const std::size_t start = position_++;
        const auto unit = scan_hex4();
        if (!unit) {
            return fail(start, "Invalid \\uXXXX escape");
        }
        if (*unit >= 0xD800 && *unit <= 0xDFFF) {
            return scan_low_surrogate(*unit, start);
        }
        return true;
    }

    std::optional<unsigned> scan_hex4() {
        const std::string_view digits = text_.substr(position_, 4);
        // Python finds fault with four digits too when the text ends right behind them.
        if (text_.size() - position_ <= 4 || !std::ranges::all_of(digits, is_hex_digit)) {
            return std::nullopt;
        }
        position_ += 4;
        return static_cast<unsigned>(std::stoul(std::string(digits), nullptr, 16));
    }

    /// Half a character cannot be kept as UTF-8; Python would take it.
    bool scan_low_surrogate(unsigned first, std::size_t start) {
        if (first <= 0xDBFF && skip("\\u")) {
            const std::size_t second_start = position_ - 1;
            const auto second = scan_hex4();
            if (!second) {
                return fail(second_start, "Invalid \\uXXXX escape");
            }
            if (*second >= 0xDC00 && *second <= 0xDFFF) {
                return true;
            }
        }
        return fail(start, "Invalid \\uXXXX escape: a surrogate without its other half");
    }

    /// A number ends where it stops being one, so that "01" is a 0 with something behind it.
    bool scan_number() {
        const std::size_t start = position_;
        skip('-');
        if (!skip('0') && !skip_digits()) {
            position_ = start;
            return false;
        }
        const std::size_t integer_end = position_;
        if (!skip('.') || !skip_digits()) {
            position_ = integer_end;
        }
        const std::size_t fraction_end = position_;
        if (skip('e') || skip('E')) {
            if (!skip('+')) {
                skip('-');
            }
            if (!skip_digits()) {
                position_ = fraction_end;
            }
        }
        return true;
    }

    std::string_view text_;
    std::size_t position_ = 0;
    std::size_t depth_ = 0;
    std::optional<JsonError> fault_;
};

/// Where the first broken sequence begins, in a text that has one.
std::size_t find_broken_utf8(std::string_view text) {
    std::size_t begin = 0;
    while (begin < text.size()) {
        std::size_t end = begin + 1;
        while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) {
            ++end;
        }
        if (!text::is_valid_utf8(text.substr(begin, end - begin))) {
            break;
        }
        begin = end;
    }
    return begin;
}

/// @param boost_offset and boost_message are for what only Boost finds fault with, such as an exponent beyond reason.
JsonError explain(std::string_view text, std::size_t boost_offset, std::string boost_message) {
    JsonError error;
    if (!text::is_valid_utf8(text)) {
        error = {find_broken_utf8(text), "Invalid UTF-8"};
    } else if (auto fault = FaultFinder(text).find()) {
        error = *std::move(fault);
    } else {
        error = {boost_offset, std::move(boost_message)};
    }
    error.offset = text::count_code_points(text.substr(0, error.offset));
    return error;
}

}  // namespace

std::expected<boost::json::value, JsonError> parse_json(std::string_view text) {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (text.starts_with(byte_order_mark)) {
        text.remove_prefix(byte_order_mark.size());  // RFC 8259, 8.1 allows it, and Python does so with bytes.
    }
    boost::json::parse_options options;
    options.max_depth = max_json_depth;
    boost::json::parser parser({}, options);
    boost::json::error_code error;
    const std::size_t consumed = parser.write(text.data(), text.size(), error);
    if (error) {
        return std::unexpected(explain(text, consumed, error.message()));
    }
    return parser.release();
}

}  // namespace nassaq::schema
