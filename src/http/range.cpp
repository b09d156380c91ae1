#include "http/range.hpp"

#include <algorithm>
#include <limits>
#include <optional>

#include "http/ascii.hpp"

namespace nassaq::http {
namespace {

/// Digits only; a number too large to hold is as good as the largest.
std::optional<std::uint64_t> parse_position(std::string_view text) {
    if (text.empty() || !std::ranges::all_of(text, ascii::is_digit)) return std::nullopt;
    return ascii::parse_digits(text).value_or(std::numeric_limits<std::uint64_t>::max());
}

RangeResult last_bytes(std::uint64_t count, std::uint64_t size) {
    const std::uint64_t length = std::min(count, size);
    if (length == 0) return UnsatisfiableRange{};
    return ByteRange{size - length, length};
}

}  // namespace

RangeResult parse_range(std::string_view field, std::uint64_t size) {
    constexpr std::string_view unit = "bytes=";
    if (!ascii::starts_with_ignoring_case(field, unit)) return WholeContent{};
    const std::string_view range = ascii::trim(field.substr(unit.size()));
    const std::size_t dash = range.find('-');
    if (dash == std::string_view::npos || range.find(',') != std::string_view::npos) return WholeContent{};

    const auto first = parse_position(ascii::trim(range.substr(0, dash)));
    const std::string_view last_text = ascii::trim(range.substr(dash + 1));
    const auto last = parse_position(last_text);
    if (dash == 0) return last ? last_bytes(*last, size) : RangeResult(WholeContent{});
    if (!first || (!last && !last_text.empty()) || (last && *last < *first)) return WholeContent{};
    if (*first >= size) return UnsatisfiableRange{};
    const std::uint64_t end = last ? std::min(*last, size - 1) : size - 1;
    return ByteRange{*first, end - *first + 1};
}

}  // namespace nassaq::http
