#include "ocr/text_cleanup.hpp"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uscript.h>

#include "base/icu.hpp"

namespace nassaq::ocr {

namespace {

std::string to_utf8(const icu::UnicodeString& text) {
    std::string result;
    text.toUTF8String(result);
    return result;
}

/// Bidi and zero-width controls, which are invisible and only get in the way of a search. The joiners (U+200C, U+200D)
/// are not among them: they shape Persian words.
bool is_bidi_control(UChar32 c) {
    return c == 0x200B || c == 0x200E || c == 0x200F || c == 0x061C || c == 0xFEFF || (c >= 0x202A && c <= 0x202E) ||
           (c >= 0x2066 && c <= 0x2069);
}

bool is_arabic_letter(UChar32 c) {
    return (c >= 0x0620 && c <= 0x064A) || (c >= 0x066E && c <= 0x06D3);
}

bool is_latin_letter_or_digit(UChar32 c) {
    return u_isdigit(c) != 0 || (c < 0x0250 && u_isalpha(c) != 0);
}

bool is_arabic_mark(UChar32 c) {
    return (c >= 0x064B && c <= 0x065F) || c == 0x0670;
}

bool changes_direction(UChar32 before, UChar32 after) {
    return (is_arabic_letter(before) && is_latin_letter_or_digit(after)) ||
           (is_latin_letter_or_digit(before) && is_arabic_letter(after));
}

const icu::Normalizer2& normalizer(const icu::Normalizer2* (*get)(UErrorCode&)) {
    UErrorCode error = U_ZERO_ERROR;
    const icu::Normalizer2* instance = get(error);
    text::check_icu(error);
    return *instance;
}

icu::UnicodeString normalize(const icu::Normalizer2& form, std::string_view text) {
    UErrorCode error = U_ZERO_ERROR;
    icu::UnicodeString result = form.normalize(icu::UnicodeString::fromUTF8(text), error);
    text::check_icu(error);
    return result;
}

/// Where poppler wrote a control it left out the space that stood there.
icu::UnicodeString replace_bidi_controls(const icu::UnicodeString& text) {
    icu::UnicodeString result;
    UChar32 before = 0;
    bool control = false;
    for (int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
        const UChar32 c = text.char32At(i);
        if (is_bidi_control(c)) {
            control = true;
            continue;
        }
        if (control && changes_direction(before, c)) result.append(u' ');
        result.append(c);
        before = c;
        control = false;
    }
    return result;
}

icu::UnicodeString drop_bidi_controls(const icu::UnicodeString& text) {
    icu::UnicodeString result;
    for (int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
        const UChar32 c = text.char32At(i);
        if (!is_bidi_control(c)) result.append(c);
    }
    return result;
}

icu::UnicodeString join_arabic_marks(const icu::UnicodeString& text) {
    icu::UnicodeString result;
    for (int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
        const UChar32 c = text.char32At(i);
        if (is_arabic_mark(c)) {
            while (result.endsWith(u' ') != 0 || result.endsWith(u'\u00A0') != 0) result.truncate(result.length() - 1);
        }
        result.append(c);
    }
    return result;
}

UChar32 arabic_punctuation(UChar32 c) {
    switch (c) {
        case u',':
            return 0x060C;
        case u';':
            return 0x061B;
        case u'?':
            return 0x061F;
        default:
            return c;
    }
}

icu::UnicodeString use_arabic_punctuation(const icu::UnicodeString& text) {
    icu::UnicodeString result;
    UChar32 before = 0;
    for (int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
        const UChar32 c = text.char32At(i);
        const bool is_behind_arabic = is_arabic_letter(before) || is_arabic_mark(before);
        result.append(is_behind_arabic ? arabic_punctuation(c) : c);
        before = c;
    }
    return result;
}

bool is_unwanted_control(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7F;
}

}  // namespace

std::string tidy_lines(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    std::size_t line_ends = 0;  // Not written yet: the next visible character decides how many are.
    std::string spaces;
    for (const char c : text) {
        if (c == '\n') {
            ++line_ends;
            spaces.clear();
        } else if (c == ' ' || c == '\t') {
            spaces += c;
        } else if (!is_unwanted_control(c)) {
            if (!result.empty()) result.append(std::min<std::size_t>(line_ends, 2), '\n');
            result += spaces;
            result += c;
            line_ends = 0;
            spaces.clear();
        }
    }
    return result;
}

std::string clean_pdf_text(std::string_view text) {
    static const icu::Normalizer2& nfkc = normalizer(icu::Normalizer2::getNFKCInstance);
    static const icu::Normalizer2& nfc = normalizer(icu::Normalizer2::getNFCInstance);
    const icu::UnicodeString joined = join_arabic_marks(replace_bidi_controls(normalize(nfkc, text)));
    // Marks that were joined to their letter may compose with it now, by the loss of a control character, too.
    return to_utf8(normalize(nfc, tidy_lines(to_utf8(joined))));
}

std::string clean_recognised_text(std::string_view text) {
    static const icu::Normalizer2& nfc = normalizer(icu::Normalizer2::getNFCInstance);
    const icu::UnicodeString seen = drop_bidi_controls(icu::UnicodeString::fromUTF8(text));
    return to_utf8(normalize(nfc, tidy_lines(to_utf8(use_arabic_punctuation(seen)))));
}

std::string clean_decoded_text(std::string_view text) {
    static const icu::Normalizer2& nfc = normalizer(icu::Normalizer2::getNFCInstance);
    std::string result;
    result.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '\r') {
            if (i + 1 == text.size() || text[i + 1] != '\n') result += '\n';
        } else if (c == '\f' || c == '\v') {
            result += '\n';
        } else if (!is_unwanted_control(c)) {
            result += c;
        }
    }
    // Last, because a letter and a mark compose when the control character between them is gone.
    return to_utf8(normalize(nfc, result));
}

}  // namespace nassaq::ocr
