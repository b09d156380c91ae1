#include "search/folding.hpp"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uscript.h>

#include <algorithm>
#include <array>

#include "base/code_points.hpp"
#include "base/icu.hpp"

namespace nassaq::search {
namespace {

constexpr UChar32 dropped = 0;

bool is_mark(UChar32 c) {
    return (U_GET_GC_MASK(c) & U_GC_M_MASK) != 0;
}

bool is_letter_or_number(UChar32 c) {
    return (U_GET_GC_MASK(c) & (U_GC_L_MASK | U_GC_N_MASK)) != 0;
}

/// Soft hyphens, joiners and bidi controls stand in words, and are folded away.
bool stands_in_words(UChar32 c) {
    return is_letter_or_number(c) || is_mark(c) || u_charType(c) == U_FORMAT_CHAR;
}

bool is_arabic_letter(UChar32 c) {
    return c >= 0x0620 && c <= 0x06D5 && u_isalpha(c);
}

/// Of scripts that write words without spaces between them.
bool is_word_by_itself(UChar32 c) {
    constexpr UChar32 first_of_them = 0x0E00;
    if (c < first_of_them || !u_isalpha(c)) {
        return false;
    }
    UErrorCode status = U_ZERO_ERROR;
    switch (uscript_getScript(c, &status)) {
        case USCRIPT_HAN:
        case USCRIPT_HIRAGANA:
        case USCRIPT_KATAKANA:
        case USCRIPT_THAI:
        case USCRIPT_LAO:
        case USCRIPT_KHMER:
        case USCRIPT_MYANMAR:
            return true;
        default:
            return false;
    }
}

/// The letters that writers of Arabic, Persian and Urdu put for one another.
UChar32 fold_letter(UChar32 c) {
    switch (c) {
        case 0x0622:  // alef with madda, with hamza above and below, wasla, with wavy hamza, high hamza
        case 0x0623:
        case 0x0625:
        case 0x0671:
        case 0x0672:
        case 0x0673:
        case 0x0675:
            return 0x0627;
        case 0x0649:  // alef maksura, Farsi yeh, yeh with hamza
        case 0x06CC:
        case 0x0626:
            return 0x064A;
        case 0x0624:  // waw with hamza
            return 0x0648;
        case 0x0629:  // teh marbuta, heh with yeh, heh goal with and without hamza, ae, heh doachashmee
        case 0x06C0:
        case 0x06C1:
        case 0x06C2:
        case 0x06D5:
        case 0x06BE:
            return 0x0647;
        case 0x06A9:  // keheh
            return 0x0643;
        case 0x0621:  // hamza, tatweel
        case 0x0640:
            return dropped;
        default:
            break;
    }
    return u_charType(c) == U_DECIMAL_DIGIT_NUMBER ? '0' + u_charDigitValue(c) : c;
}

/// What of a text makes one or more words: up to the next character that stands in none.
icu::UnicodeString fold(std::string_view run) {
    UErrorCode status = U_ZERO_ERROR;
    const icu::Normalizer2* casefold = icu::Normalizer2::getNFKCCasefoldInstance(status);
    const icu::Normalizer2* decompose = icu::Normalizer2::getNFDInstance(status);
    text::check_icu(status);
    const auto text = icu::UnicodeString::fromUTF8(icu::StringPiece(run.data(), static_cast<std::int32_t>(run.size())));
    const icu::UnicodeString folded = casefold->normalize(text, status);
    text::check_icu(status);
    icu::UnicodeString letters;
    for (std::int32_t i = 0; i < folded.length(); i = folded.moveIndex32(i, 1)) {
        if (const UChar32 c = fold_letter(folded.char32At(i)); c != dropped) {
            letters.append(c);
        }
    }
    const icu::UnicodeString decomposed = decompose->normalize(letters, status);
    text::check_icu(status);
    icu::UnicodeString bare;
    for (std::int32_t i = 0; i < decomposed.length(); i = decomposed.moveIndex32(i, 1)) {
        if (const UChar32 c = decomposed.char32At(i); u_charType(c) != U_NON_SPACING_MARK) {
            bare.append(c);
        }
    }
    return bare;
}

bool is_ascii_letter_or_digit(UChar32 c) {
    return c < 0x80 && u_isalnum(c);
}

/// Whether two letters that stand side by side belong to different words.
bool part_words(UChar32 left, UChar32 right) {
    return (is_arabic_letter(left) && is_ascii_letter_or_digit(right)) ||
           (is_ascii_letter_or_digit(left) && is_arabic_letter(right));
}

/// Folding can put several words where there was one letter: U+FDFA is a sentence.
void append_words(const icu::UnicodeString& folded, std::size_t begin, std::size_t end, std::vector<Token>& tokens) {
    icu::UnicodeString word;
    UChar32 previous = 0;
    const auto finish_word = [&] {
        if (!word.isEmpty()) {
            Token token{.word = {}, .begin = begin, .end = end};
            word.toUTF8String(token.word);
            tokens.push_back(std::move(token));
            word.remove();
        }
    };
    for (std::int32_t i = 0; i < folded.length(); i = folded.moveIndex32(i, 1)) {
        const UChar32 c = folded.char32At(i);
        if (!is_letter_or_number(c) && !is_mark(c)) {
            finish_word();
        } else {
            if (part_words(previous, c)) {
                finish_word();
            }
            if (word.length() + U16_LENGTH(c) <= longest_word) {
                word.append(c);
            }
        }
        previous = c;
    }
    finish_word();
}

void append_ascii_word(std::string_view run, std::size_t begin, std::vector<Token>& tokens) {
    Token token{.word = std::string(run.substr(0, longest_word)), .begin = begin, .end = begin + run.size()};
    std::ranges::transform(token.word, token.word.begin(),
                           [](char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c); });
    tokens.push_back(std::move(token));
}

/// A stretch of characters that stand in words.
struct Run {
    std::size_t begin = 0;
    std::size_t end = 0;
    bool is_ascii = true;
    bool is_whole = false;  ///< One letter, and nothing but marks may follow.
};

void append_run(std::string_view text, const Run& run, std::vector<Token>& tokens) {
    const std::string_view bytes = text.substr(run.begin, run.end - run.begin);
    if (bytes.empty()) {
        return;
    }
    if (run.is_ascii) {
        append_ascii_word(bytes, run.begin, tokens);
    } else {
        append_words(fold(bytes), run.begin, run.end, tokens);
    }
}

}  // namespace

std::vector<Token> tokenize(std::string_view text) {
    std::vector<Token> tokens;
    Run run;
    for (std::size_t position = 0; position < text.size();) {
        const std::size_t begin = position;
        const UChar32 c = text::next_code_point(text, position);
        const bool belongs = c >= 0 && stands_in_words(c);
        const bool is_alone = belongs && is_word_by_itself(c);
        const bool goes_on = belongs && !is_alone && (!run.is_whole || is_mark(c));
        // A run is cut where no reader would see a word any more, so that folding it takes no memory to speak of.
        constexpr std::size_t longest_run = 4096;
        if (!goes_on || begin - run.begin > longest_run) {
            append_run(text, run, tokens);
            run = {.begin = begin, .end = begin};
        }
        if (belongs) {
            run.end = position;
            run.is_ascii = run.is_ascii && c < 0x80;
            run.is_whole = run.is_whole || is_alone;
        } else {
            run = {.begin = position, .end = position};
        }
    }
    append_run(text, run, tokens);
    return tokens;
}

std::vector<std::string> fold_words(std::string_view text) {
    std::vector<std::string> words;
    for (Token& token : tokenize(text)) {
        words.push_back(std::move(token.word));
    }
    return words;
}

}  // namespace nassaq::search
