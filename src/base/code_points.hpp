#pragma once

#include <unicode/utf8.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

/// UTF-8 text, character by character.
namespace nassaq::text {

/// A Unicode code point, or a negative number where the bytes are not UTF-8.
using CodePoint = std::int32_t;

/// Reads the code point that begins at `position` and moves `position` behind it, over at least one byte.
inline CodePoint next_code_point(std::string_view text, std::size_t& position) {
    const char* const bytes = text.data();
    const std::size_t length = text.size();
    CodePoint code_point = 0;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"  // Inside ICU's macro.
    // NOLINTNEXTLINE(bugprone-inc-dec-in-conditions): ICU's macro.
    U8_NEXT(bytes, position, length, code_point);
#pragma GCC diagnostic pop
    return code_point;
}

/// Calls `visit` with each code point of a text.
template <class Visitor>
void for_each_code_point(std::string_view text, Visitor visit) {
    for (std::size_t position = 0; position < text.size();) {
        visit(next_code_point(text, position));
    }
}

}  // namespace nassaq::text
