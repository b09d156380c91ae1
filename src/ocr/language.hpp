#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace nassaq::ocr {

/// How many letters of each script a text has.
struct LetterCount {
    std::int64_t arabic = 0;
    std::int64_t latin = 0;
    std::int64_t digits = 0;  ///< Decimal digits of any script.

    LetterCount& operator+=(const LetterCount& other);
};

LetterCount count_letters(std::string_view text);

/// @return "ar" or "en", whichever script has more letters; empty where there are too few letters to tell.
std::string language_of(const LetterCount& letters);

/// Runs of characters without white space that hold at least one letter or digit.
std::int64_t count_words(std::string_view text);

}  // namespace nassaq::ocr
