#include "schema/code_points.hpp"

#include <fmt/format.h>
#include <unicode/uchar.h>

#include <algorithm>

#include "base/icu.hpp"
#include "base/text.hpp"

namespace nassaq::schema {
namespace {

std::string escape(char32_t c) {
    const auto code = static_cast<std::uint32_t>(c);
    if (code < 0x100) {
        return fmt::format("\\x{:02x}", code);
    }
    return code < 0x10000 ? fmt::format("\\u{:04x}", code) : fmt::format("\\U{:08x}", code);
}

}  // namespace

icu::UnicodeString to_utf16(std::u32string_view text) {
    return icu::UnicodeString::fromUTF32(reinterpret_cast<const UChar32*>(text.data()),
                                         static_cast<std::int32_t>(text.size()));
}

std::u32string from_utf16(const icu::UnicodeString& text) {
    std::u32string result(static_cast<std::size_t>(text.countChar32()), U'\0');
    UErrorCode status = U_ZERO_ERROR;
    text.toUTF32(reinterpret_cast<UChar32*>(result.data()), static_cast<std::int32_t>(result.size()), status);
    text::check_icu(status);
    return result;
}

std::u32string to_code_points(std::string_view text) {
    return from_utf16(
        icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size()))));
}

std::string to_utf8(std::u32string_view text) {
    std::string result;
    return to_utf16(text).toUTF8String(result);
}

std::u32string normalize_nfc(std::u32string_view code_points) {
    return to_code_points(text::normalize_nfc(to_utf8(code_points)));
}

bool is_ascii(std::u32string_view text) {
    return std::ranges::all_of(text, [](char32_t c) { return c < 0x80; });
}

bool is_ascii_letter_or_digit(char32_t c) {
    return (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z') || (c >= U'0' && c <= U'9');
}

std::string to_lower_ascii(std::string_view text) {
    std::string result{text};
    for (char& c : result) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return result;
}

char major_category(char32_t c) {
    const auto mask = U_MASK(u_charType(static_cast<UChar32>(c)));
    if ((mask & U_GC_L_MASK) != 0) {
        return 'L';
    }
    if ((mask & U_GC_M_MASK) != 0) {
        return 'M';
    }
    if ((mask & U_GC_N_MASK) != 0) {
        return 'N';
    }
    if ((mask & U_GC_P_MASK) != 0) {
        return 'P';
    }
    if ((mask & U_GC_S_MASK) != 0) {
        return 'S';
    }
    return (mask & U_GC_Z_MASK) != 0 ? 'Z' : 'C';
}

std::string quote(std::u32string_view text) {
    const char mark = text.contains(U'\'') && !text.contains(U'"') ? '"' : '\'';
    std::string result(1, mark);
    for (const char32_t c : text) {
        const char category = major_category(c);
        if (c == U'\\' || c == static_cast<char32_t>(mark)) {
            result += '\\';
            result += static_cast<char>(c);
        } else if (c == U' ' || (category != 'Z' && category != 'C')) {
            result += to_utf8({&c, 1});
        } else {
            result += escape(c);
        }
    }
    return result + mark;
}

}  // namespace nassaq::schema
