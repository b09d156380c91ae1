#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "ocr/charset.hpp"
#include "ocr/document.hpp"
#include "ocr/protocol.hpp"

namespace nassaq::ocr {

/// @return UTF-8, without byte order mark; U+FFFD for each byte that means nothing in that character set.
std::string decode(std::string_view bytes, Charset charset);

/// Reads a plain text or CSV file as one page.
std::expected<std::vector<Page>, Fault> read_text_file(const Order& order);

}  // namespace nassaq::ocr
