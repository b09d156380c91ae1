#include "ocr/text_layer.hpp"

#include <unicode/uchar.h>
#include <unicode/uscript.h>

#include <cstddef>
#include <vector>

#include "base/code_points.hpp"

namespace nassaq::ocr {

namespace {

constexpr std::size_t least_arabic_words = 20;
constexpr std::size_t least_characters = 20;

constexpr text::CodePoint teh_marbuta = 0x0629;
constexpr text::CodePoint alef_maksura = 0x0649;
constexpr text::CodePoint waw = 0x0648;

struct Evidence {
    std::size_t characters = 0;
    std::size_t meaningless = 0;
    std::size_t arabic_words = 0;
    std::size_t wrong_beginnings = 0;
    std::size_t single_letters = 0;
};

bool is_letter_of_arabic_script(text::CodePoint c) {
    UErrorCode error = U_ZERO_ERROR;
    return u_isalpha(c) != 0 && uscript_getScript(c, &error) == USCRIPT_ARABIC;
}

bool is_meaningless(text::CodePoint c) {
    return c < 0 || c == 0xFFFD || u_charType(c) == U_PRIVATE_USE_CHAR || u_charType(c) == U_UNASSIGNED;
}

/// Counts a word by its letters, and empties it.
void count_word(std::vector<text::CodePoint>& letters, Evidence& evidence) {
    if (letters.empty()) return;
    ++evidence.arabic_words;
    const text::CodePoint first = letters.front();
    if (letters.size() > 1 && (first == teh_marbuta || first == alef_maksura)) ++evidence.wrong_beginnings;
    if (letters.size() == 1 && first != waw) ++evidence.single_letters;
    letters.clear();
}

Evidence gather(std::string_view text) {
    Evidence evidence;
    std::vector<text::CodePoint> letters;
    text::for_each_code_point(text, [&](text::CodePoint c) {
        if (c >= 0 && u_isUWhiteSpace(c) != 0) {
            count_word(letters, evidence);
            return;
        }
        ++evidence.characters;
        if (is_meaningless(c)) {
            ++evidence.meaningless;
        } else if (is_letter_of_arabic_script(c)) {
            letters.push_back(c);
        }
    });
    count_word(letters, evidence);
    return evidence;
}

}  // namespace

bool is_broken_text_layer(std::string_view text) {
    const Evidence found = gather(text);
    if (found.characters >= least_characters && 20 * found.meaningless >= found.characters) return true;
    if (found.arabic_words < least_arabic_words) return false;
    return 20 * found.wrong_beginnings >= found.arabic_words || 100 * found.single_letters >= 15 * found.arabic_words;
}

}  // namespace nassaq::ocr
