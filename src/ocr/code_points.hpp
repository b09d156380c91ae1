#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace nassaq::ocr {

/// A Unicode code point, or a negative number where the bytes are not UTF-8.
using CodePoint = std::int32_t;

/// Reads the code point that begins at `position` and moves `position` behind it, over at least one byte.
CodePoint next_code_point(std::string_view text, std::size_t& position);

/// Calls `visit` with each code point of a text.
template <typename Visitor>
void for_each_code_point(std::string_view text, Visitor visit) {
    for (std::size_t position = 0; position < text.size();) visit(next_code_point(text, position));
}

}  // namespace nassaq::ocr
