#include "ocr/language.hpp"

#include <unicode/uchar.h>
#include <unicode/uscript.h>

#include "base/code_points.hpp"

namespace nassaq::ocr {

namespace {

/// Fewer letters may be a stamp, a logo or noise.
constexpr std::int64_t letters_to_tell = 3;

UScriptCode script_of(text::CodePoint character) {
    UErrorCode error = U_ZERO_ERROR;
    return uscript_getScript(character, &error);
}

}  // namespace

LetterCount& LetterCount::operator+=(const LetterCount& other) {
    arabic += other.arabic;
    latin += other.latin;
    digits += other.digits;
    return *this;
}

LetterCount count_letters(std::string_view text) {
    LetterCount count;
    text::for_each_code_point(text, [&](text::CodePoint character) {
        if (u_isalpha(character) != 0) {
            const UScriptCode script = script_of(character);
            if (script == USCRIPT_ARABIC) ++count.arabic;
            if (script == USCRIPT_LATIN) ++count.latin;
        } else if (u_isdigit(character) != 0) {
            ++count.digits;
        }
    });
    return count;
}

std::string language_of(const LetterCount& letters) {
    if (letters.arabic + letters.latin < letters_to_tell) return {};
    return letters.arabic >= letters.latin ? "ar" : "en";
}

std::int64_t count_words(std::string_view text) {
    std::int64_t words = 0;
    bool counted = false;
    text::for_each_code_point(text, [&](text::CodePoint character) {
        if (u_isUWhiteSpace(character) != 0) {
            counted = false;
        } else if (!counted && u_isalnum(character) != 0) {
            counted = true;
            ++words;
        }
    });
    return words;
}

}  // namespace nassaq::ocr
