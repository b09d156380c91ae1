#include "schema/email_text.hpp"

#include <fmt/format.h>
#include <unicode/uchar.h>

#include <algorithm>
#include <array>

#include "schema/code_points.hpp"

namespace nassaq::schema {
namespace {

std::string name_of(char32_t c) {
    std::array<char, 128> name{};
    UErrorCode status = U_ZERO_ERROR;
    const auto length =
        u_charName(static_cast<UChar32>(c), U_UNICODE_CHAR_NAME, name.data(), static_cast<int>(name.size()), &status);
    if (U_SUCCESS(status) != 0 && length > 0) {
        return {name.data(), static_cast<std::size_t>(length)};
    }
    const auto code = static_cast<std::uint32_t>(c);
    return code < 0xFFFF ? fmt::format("U+{:04X}", code) : fmt::format("U+{:08X}", code);
}

bool is_unsafe(char32_t c, bool is_first, bool allow_space) {
    switch (major_category(c)) {
        case 'M':
            return is_first;  // It would change what stands before it.
        case 'Z':
            return !allow_space || u_charType(static_cast<UChar32>(c)) != U_SPACE_SEPARATOR;
        case 'C':
            return true;
        default:
            return false;
    }
}

}  // namespace

bool is_atom_character(char32_t c) {
    constexpr std::u32string_view marks = U"_!#$%&'*+-/=?^`{|}~";
    return c >= 0x80 || is_ascii_letter_or_digit(c) || marks.contains(c);
}

std::string display(char32_t c) {
    if (c == U'\\') {
        return R"("\")";
    }
    const char category = major_category(c);
    const bool visible = category == 'L' || category == 'N' || category == 'P' || category == 'S';
    return visible ? quote({&c, 1}) : name_of(c);
}

std::string join(const std::set<std::string>& displayed) {
    return fmt::format("{}", fmt::join(displayed, ", "));
}

std::string join_displayed(std::u32string_view text) {
    std::string joined;
    for (const char32_t c : text) {
        joined += joined.empty() ? "" : ", ";
        joined += display(c);
    }
    return joined;
}

Fault find_unsafe_characters(std::u32string_view text, bool allow_space) {
    std::set<char32_t> unsafe;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (is_unsafe(text[i], i == 0, allow_space)) {
            unsafe.insert(text[i]);
        }
    }
    if (unsafe.empty()) {
        return std::nullopt;
    }
    const std::u32string ordered(unsafe.begin(), unsafe.end());
    return fmt::format("The email address contains unsafe characters: {}.", join_displayed(ordered));
}

Fault find_period_fault(std::u32string_view text, const char* at_start, const char* at_end) {
    if (text.ends_with(U'.')) {
        return fmt::format(fmt::runtime(at_end), "period");
    }
    if (text.starts_with(U'.')) {
        return fmt::format(fmt::runtime(at_start), "period");
    }
    if (text.contains(U"..")) {
        return "An email address cannot have two periods in a row.";
    }
    return std::nullopt;
}

}  // namespace nassaq::schema
