#include "ocr/code_points.hpp"

#include <unicode/utf8.h>

namespace nassaq::ocr {

CodePoint next_code_point(std::string_view text, std::size_t& position) {
    const char* const bytes = text.data();
    const std::size_t length = text.size();
    CodePoint character = 0;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"  // Inside ICU's macro.
    // NOLINTNEXTLINE(bugprone-inc-dec-in-conditions): ICU's macro.
    U8_NEXT(bytes, position, length, character);
#pragma GCC diagnostic pop
    return character;
}

}  // namespace nassaq::ocr
