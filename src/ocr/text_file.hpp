#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "ocr/document.hpp"
#include "ocr/protocol.hpp"

namespace nassaq::ocr {

/// The character sets that plain text files of Arabic and Western offices come in.
enum class Charset { utf8, utf16_le, utf16_be, windows_1256, iso_8859_6 };

/// Tells the character set by a byte order mark, else by what the bytes would mean in each. ICU's detector is no help:
/// it takes UTF-16 without a mark for ISO-8859-1.
///
/// Windows-1256 also stands for Windows-1252 and ISO-8859-1: it has the letters of French and the same quotation marks
/// and dashes at the same places.
Charset detect_charset(std::string_view bytes);

/// @return UTF-8, without byte order mark; U+FFFD for each byte that means nothing in that character set.
std::string decode(std::string_view bytes, Charset charset);

/// Reads a plain text or CSV file as one page.
std::expected<std::vector<Page>, Fault> read_text_file(const Order& order);

}  // namespace nassaq::ocr
