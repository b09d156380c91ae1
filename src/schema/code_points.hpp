#pragma once

#include <unicode/unistr.h>

#include <string>
#include <string_view>

/// Text as a string of Unicode code points, for rules that are written about characters one by one.
namespace nassaq::schema {

/// @param text valid UTF-8.
std::u32string to_code_points(std::string_view text);
std::string to_utf8(std::u32string_view text);
icu::UnicodeString to_utf16(std::u32string_view text);
std::u32string from_utf16(const icu::UnicodeString& text);
std::u32string normalize_nfc(std::u32string_view code_points);

bool is_ascii(std::u32string_view text);
bool is_ascii_letter_or_digit(char32_t c);
/// A-Z to a-z, all others as they are.
std::string to_lower_ascii(std::string_view text);

/// The first letter of the general category (Unicode 4.5): 'L' letter, 'M' mark, 'N' number, 'P' punctuation, 'S'
/// symbol, 'Z' separator, 'C' other.
char major_category(char32_t c);

/// As Python's repr() shows a text, which is how the messages of Python packages quote it.
std::string quote(std::u32string_view text);

}  // namespace nassaq::schema
