#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

/// Telling the character set of a plain text. Statistics about bytes, no parser of a format: extraction uses it, and so
/// does the server, for browsers (decision 0067).
namespace nassaq::ocr {

/// The character sets that plain text files of Arabic and Western offices come in.
enum class Charset { utf8, utf16_le, utf16_be, windows_1256, iso_8859_6 };

/// Tells the character set by a byte order mark, else by what the bytes would mean in each. ICU's detector is no help:
/// it takes UTF-16 without a mark for ISO-8859-1.
///
/// Windows-1256 also stands for Windows-1252 and ISO-8859-1: it has the letters of French and the same quotation marks
/// and dashes at the same places.
Charset detect_charset(std::string_view bytes);

/// The same, but nothing where the bytes are believable in none of them.
std::optional<Charset> find_charset(std::string_view bytes);

/// How many bytes of a text are looked at, from its beginning on.
inline constexpr std::size_t charset_sample_bytes = std::size_t{64} << 10U;

/// What ICU and browsers know it by (encoding.spec.whatwg.org).
const char* name_of(Charset charset);

}  // namespace nassaq::ocr
