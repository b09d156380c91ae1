#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// UTF-8 text, by ICU. All functions but is_ascii(), is_valid_utf8() and those of percent-encoding expect valid UTF-8.
namespace nassaq::text {

bool is_ascii(std::string_view bytes);
bool is_valid_utf8(std::string_view bytes);
/// Unicode code points, as Python's len() counts.
std::size_t count_code_points(std::string_view text);
/// UTF-16 code units, as SQL Server's NVARCHAR counts.
std::size_t count_utf16_units(std::string_view text);
std::u16string to_utf16_string(std::string_view text);
/// The first `count` code points.
std::string_view first_code_points(std::string_view text, std::size_t count);

/// Unicode Normalization Form C, so that the same name typed on two systems is the same name.
std::string normalize_nfc(std::string_view text);
/// Lower case, without regard to a language.
std::string to_lower(std::string_view text);
/// For comparing without case (Unicode default case folding).
std::string fold_case(std::string_view text);
/// The first letter of each word in upper case, the others in lower case; runs of white space become one space.
std::string capitalize_words(std::string_view text);
/// Without white space at both ends.
std::string_view trim(std::string_view text);

/// True for C0, C1 and DEL.
bool has_control_character(std::string_view text);
bool has_digit(std::string_view text);
/// True when some character is neither a letter nor a digit of any script (Python's `not str.isalnum()`).
bool has_special_character(std::string_view text);

/// The value of a hexadecimal digit, or -1.
constexpr int hex_value(char digit) {
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    const char lower = static_cast<char>(digit | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// Percent-encodes every byte but RFC 3986's unreserved characters and those of `keep`.
std::string percent_encode(std::string_view text, std::string_view keep = {});
/// Undoes percent-encoding (RFC 3986, 2.1), whatever the bytes. A '%' that two hexadecimal digits do not follow stands
/// for itself, as browsers and Python read it.
std::string percent_decode(std::string_view encoded);
/// The same for what is to be text. @return nothing when the result is not valid UTF-8 or holds a NUL.
std::optional<std::string> percent_decode_text(std::string_view encoded);
/// Lower-case hexadecimal.
std::string to_hex(std::string_view bytes);
/// RFC 4648, 5, without padding, as JWT wants it.
std::string to_base64url(std::string_view bytes);
/// Nothing when the text is not exactly what to_base64url() writes.
std::optional<std::string> from_base64url(std::string_view text);
/// A decimal integer and nothing else.
std::optional<std::int64_t> parse_integer(std::string_view text);

}  // namespace nassaq::text
