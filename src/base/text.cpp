#include "base/text.hpp"

#include <unicode/bytestream.h>
#include <unicode/casemap.h>
#include <unicode/locid.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>

#include "base/code_points.hpp"
#include "base/icu.hpp"

namespace nassaq::text {
namespace {

std::int32_t to_length(std::string_view text) {
    if (text.size() > INT32_MAX) {
        throw std::length_error("text too long for ICU");
    }
    return static_cast<std::int32_t>(text.size());
}

icu::UnicodeString to_utf16(std::string_view text) {
    return icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), to_length(text)));
}

// The U8_ macros of ICU narrow bytes without a cast.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"

UChar32 previous_code_point(std::string_view text, std::int32_t& position) {
    UChar32 code_point = 0;
    U8_PREV(text.data(), 0, position, code_point);  // NOLINT(readability-simplify-subscript-expr)
    return code_point;
}

#pragma GCC diagnostic pop

template <class Predicate>
bool any_code_point(std::string_view text, Predicate predicate) {
    for (std::size_t position = 0; position < text.size();) {
        if (predicate(next_code_point(text, position))) {
            return true;
        }
    }
    return false;
}

/// Runs one of ICU's UTF-8 case mappings.
template <class Map>
std::string map_case(std::string_view text, Map map) {
    std::string result;
    result.reserve(text.size());
    icu::StringByteSink<std::string> sink(&result);
    UErrorCode status = U_ZERO_ERROR;
    map(icu::StringPiece(text.data(), to_length(text)), sink, status);
    check_icu(status);
    return result;
}

/// To be kept by the caller: ICU looks it up under a lock of its own.
const icu::Normalizer2& find_nfc() {
    UErrorCode status = U_ZERO_ERROR;
    const icu::Normalizer2* found = icu::Normalizer2::getNFCInstance(status);
    check_icu(status);
    return *found;
}

}  // namespace

bool is_ascii(std::string_view bytes) {
    return std::ranges::all_of(bytes, [](char byte) { return static_cast<unsigned char>(byte) < 0x80; });
}

bool is_valid_utf8(std::string_view bytes) {
    return !any_code_point(bytes, [](UChar32 code_point) { return code_point < 0; });
}

std::size_t count_code_points(std::string_view text) {
    std::size_t count = 0;
    for (const char byte : text) {
        count += (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U ? 1U : 0U;
    }
    return count;
}

std::size_t count_utf16_units(std::string_view text) {
    std::size_t count = 0;
    for (const char byte : text) {
        const auto value = static_cast<unsigned char>(byte);
        // A four-byte sequence is a surrogate pair; a continuation byte counts nothing.
        const bool is_continuation = (value & 0xC0U) == 0x80U;
        count += is_continuation ? 0U : 1U;
        count += value >= 0xF0U ? 1U : 0U;
    }
    return count;
}

std::u16string to_utf16_string(std::string_view text) {
    const icu::UnicodeString converted = to_utf16(text);
    return {converted.getBuffer(), static_cast<std::size_t>(converted.length())};
}

std::string_view first_code_points(std::string_view text, std::size_t count) {
    std::size_t end = 0;
    while (end < text.size()) {
        const bool starts_code_point = (static_cast<unsigned char>(text[end]) & 0xC0U) != 0x80U;
        if (starts_code_point && count-- == 0) {
            break;
        }
        ++end;
    }
    return text.substr(0, end);
}

std::string normalize_nfc(std::string_view text) {
    static const icu::Normalizer2& normalizer = find_nfc();
    return map_case(text, [&](const icu::StringPiece& piece, icu::ByteSink& sink, UErrorCode& error) {
        normalizer.normalizeUTF8(0, piece, sink, nullptr, error);
    });
}

std::string to_lower(std::string_view text) {
    return map_case(text, [](const icu::StringPiece& piece, icu::ByteSink& sink, UErrorCode& error) {
        icu::CaseMap::utf8ToLower("", 0, piece, sink, nullptr, error);
    });
}

std::string fold_case(std::string_view text) {
    return map_case(text, [](const icu::StringPiece& piece, icu::ByteSink& sink, UErrorCode& error) {
        icu::CaseMap::utf8Fold(0, piece, sink, nullptr, error);
    });
}

std::string capitalize_words(std::string_view text) {
    const icu::UnicodeString words = to_utf16(text);
    icu::UnicodeString result;
    for (std::int32_t position = 0; position < words.length();) {
        std::int32_t end = position;
        while (end < words.length() && !u_isUWhiteSpace(words.char32At(end))) {
            end = words.moveIndex32(end, 1);
        }
        if (end > position) {
            if (!result.isEmpty()) {
                result.append(u' ');
            }
            const std::int32_t first_end = words.moveIndex32(position, 1);
            result.append(words.tempSubStringBetween(position, first_end).toUpper(icu::Locale::getRoot()));
            result.append(words.tempSubStringBetween(first_end, end).toLower(icu::Locale::getRoot()));
        }
        position = end < words.length() ? words.moveIndex32(end, 1) : end;
    }
    std::string utf8;
    result.toUTF8String(utf8);
    return utf8;
}

std::string_view trim(std::string_view text) {
    // Backwards and forwards by code point: white space such as U+00A0 or U+3000 is several bytes.
    std::size_t begin = 0;
    for (std::size_t next = 0; next < text.size(); begin = next) {
        if (!u_isUWhiteSpace(next_code_point(text, next))) {
            break;
        }
    }
    text.remove_prefix(begin);
    std::int32_t end = to_length(text);
    for (std::int32_t previous = end; previous > 0; end = previous) {
        if (!u_isUWhiteSpace(previous_code_point(text, previous))) {
            break;
        }
    }
    return text.substr(0, static_cast<std::size_t>(end));
}

bool has_control_character(std::string_view text) {
    return any_code_point(text, [](UChar32 code_point) { return u_charType(code_point) == U_CONTROL_CHAR; });
}

bool has_digit(std::string_view text) {
    return any_code_point(text, [](UChar32 code_point) { return u_isdigit(code_point) != 0; });
}

bool has_special_character(std::string_view text) {
    return any_code_point(text, [](UChar32 code_point) {
        return !u_isalpha(code_point) && u_charType(code_point) != U_DECIMAL_DIGIT_NUMBER &&
               u_charType(code_point) != U_LETTER_NUMBER && u_charType(code_point) != U_OTHER_NUMBER;
    });
}

std::string percent_encode(std::string_view text, std::string_view keep) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string result;
    result.reserve(text.size());
    for (const char character : text) {
        const auto byte = static_cast<unsigned char>(character);
        const bool unreserved = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                                (byte >= '0' && byte <= '9') || byte == '-' || byte == '.' || byte == '_' ||
                                byte == '~';
        if (unreserved || keep.find(character) != std::string_view::npos) {
            result += character;
        } else {
            result += '%';
            result += digits[byte >> 4U];
            result += digits[byte & 15U];
        }
    }
    return result;
}

std::string percent_decode(std::string_view encoded) {
    std::string decoded;
    decoded.reserve(encoded.size());
    for (std::size_t i = 0; i < encoded.size(); ++i) {
        const bool is_escape = encoded[i] == '%' && i + 2 < encoded.size();
        const int high = is_escape ? hex_value(encoded[i + 1]) : -1;
        const int low = high >= 0 ? hex_value(encoded[i + 2]) : -1;
        if (low >= 0) {
            decoded += static_cast<char>(high * 16 + low);
            i += 2;
        } else {
            decoded += encoded[i];
        }
    }
    return decoded;
}

std::optional<std::string> percent_decode_text(std::string_view encoded) {
    std::string decoded = percent_decode(encoded);
    if (decoded.find('\0') != std::string::npos || !is_valid_utf8(decoded)) {
        return std::nullopt;
    }
    return decoded;
}

std::string to_hex(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string result;
    result.reserve(bytes.size() * 2);
    for (const char character : bytes) {
        const auto byte = static_cast<unsigned char>(character);
        result += digits[byte >> 4U];
        result += digits[byte & 15U];
    }
    return result;
}

namespace {
constexpr std::string_view base64url_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr std::array<std::int8_t, 256> base64url_values = [] {
    std::array<std::int8_t, 256> values{};
    values.fill(-1);
    for (std::size_t i = 0; i < base64url_alphabet.size(); ++i) {
        values[static_cast<unsigned char>(base64url_alphabet[i])] = static_cast<std::int8_t>(i);
    }
    return values;
}();
}  // namespace

std::string to_base64url(std::string_view bytes) {
    std::string result;
    result.reserve((bytes.size() * 4 + 2) / 3);
    std::uint32_t bits = 0;
    unsigned held = 0;
    for (const char character : bytes) {
        bits = (bits << 8U) | static_cast<unsigned char>(character);
        for (held += 8; held >= 6;) {
            held -= 6;
            result += base64url_alphabet[(bits >> held) & 63U];
        }
    }
    if (held > 0) {
        result += base64url_alphabet[(bits << (6 - held)) & 63U];
    }
    return result;
}

std::optional<std::string> from_base64url(std::string_view text) {
    std::string result(text.size() * 3 / 4, '\0');
    std::size_t written = 0;
    std::uint32_t bits = 0;
    unsigned held = 0;
    for (const char character : text) {
        const std::int8_t value = base64url_values[static_cast<unsigned char>(character)];
        if (value < 0) {
            return std::nullopt;
        }
        bits = (bits << 6U) | static_cast<std::uint8_t>(value);
        held += 6;
        if (held >= 8) {
            held -= 8;
            result[written++] = static_cast<char>((bits >> held) & 0xFFU);
        }
    }
    // Left-over bits that are not zero would let two texts mean the same bytes; six left over mean a cut text.
    if (held >= 6 || (bits & ((1U << held) - 1U)) != 0) {
        return std::nullopt;
    }
    return result;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return number;
}

}  // namespace nassaq::text
