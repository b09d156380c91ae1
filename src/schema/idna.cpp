#include "schema/idna.hpp"

#include <fmt/format.h>
#include <unicode/idna.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/uscript.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/icu.hpp"
#include "schema/code_points.hpp"

namespace nassaq::schema::idna {
namespace {

using Fault = std::optional<std::string>;

constexpr std::size_t max_label_bytes = 63;
constexpr std::size_t max_domain_bytes = 254;
constexpr std::string_view ace_prefix = "xn--";
constexpr char32_t zero_width_non_joiner = 0x200C;
constexpr char32_t zero_width_joiner = 0x200D;
constexpr char32_t katakana_middle_dot = 0x30FB;

/// To be kept by the caller: ICU looks it up under a lock of its own.
const icu::Normalizer2& find_normalizer(const char* name) {
    UErrorCode status = U_ZERO_ERROR;
    const icu::Normalizer2* found = icu::Normalizer2::getInstance(nullptr, name, UNORM2_COMPOSE, status);
    text::check_icu(status);
    return *found;
}

icu::UnicodeString normalize(const icu::Normalizer2& normalizer, const icu::UnicodeString& text) {
    UErrorCode status = U_ZERO_ERROR;
    icu::UnicodeString result = normalizer.normalize(text, status);
    text::check_icu(status);
    return result;
}

icu::UnicodeString normalize_nfkc(const icu::UnicodeString& text) {
    static const icu::Normalizer2& normalizer = find_normalizer("nfkc");
    return normalize(normalizer, text);
}

/// The mapping of UTS #46, section 4.
icu::UnicodeString map_uts46(const icu::UnicodeString& text) {
    static const icu::Normalizer2& normalizer = find_normalizer("uts46");
    return normalize(normalizer, text);
}

const icu::IDNA& processor() {
    static const std::unique_ptr<const icu::IDNA> instance = [] {
        UErrorCode status = U_ZERO_ERROR;
        auto* created =
            icu::IDNA::createUTS46Instance(UIDNA_NONTRANSITIONAL_TO_ASCII | UIDNA_NONTRANSITIONAL_TO_UNICODE, status);
        text::check_icu(status);
        return std::unique_ptr<const icu::IDNA>(created);
    }();
    return *instance;
}

bool is_between(char32_t c, char32_t first, char32_t last) {
    return c >= first && c <= last;
}

// ---- Which characters a label may have (RFC 5892) ----

enum class Derived { pvalid, contextj, contexto, disallowed };

bool is_arabic_indic_digit(char32_t c) {
    return is_between(c, 0x0660, 0x0669);
}

bool is_extended_arabic_indic_digit(char32_t c) {
    return is_between(c, 0x06F0, 0x06F9);
}

/// RFC 5892, 2.6.
std::optional<Derived> find_exception(char32_t c) {
    constexpr std::array<char32_t, 6> pvalid{0x00DF, 0x03C2, 0x06FD, 0x06FE, 0x0F0B, 0x3007};
    constexpr std::array<char32_t, 5> contexto{0x00B7, 0x0375, 0x05F3, 0x05F4, katakana_middle_dot};
    constexpr std::array<char32_t, 5> disallowed{0x0640, 0x07FA, 0x302E, 0x302F, 0x303B};
    if (std::ranges::count(pvalid, c) > 0) {
        return Derived::pvalid;
    }
    if (std::ranges::count(contexto, c) > 0 || is_arabic_indic_digit(c) || is_extended_arabic_indic_digit(c)) {
        return Derived::contexto;
    }
    if (std::ranges::count(disallowed, c) > 0 || is_between(c, 0x3031, 0x3035)) {
        return Derived::disallowed;
    }
    return std::nullopt;
}

/// RFC 5892, 2.2: not the same after normalization and case folding.
bool is_unstable(char32_t c) {
    const icu::UnicodeString original(static_cast<UChar32>(c));
    icu::UnicodeString folded = normalize_nfkc(original);
    folded.foldCase();
    return normalize_nfkc(folded) != original;
}

/// RFC 5892, 2.3 and 2.4.
bool is_ignorable(char32_t c) {
    const auto code = static_cast<UChar32>(c);
    return u_hasBinaryProperty(code, UCHAR_DEFAULT_IGNORABLE_CODE_POINT) != 0 || u_isUWhiteSpace(code) != 0 ||
           u_hasBinaryProperty(code, UCHAR_NONCHARACTER_CODE_POINT) != 0 || is_between(c, 0x20D0, 0x20FF) ||
           is_between(c, 0x1D100, 0x1D24F);
}

/// RFC 5892, 2.9.
bool is_old_hangul_jamo(char32_t c) {
    const auto type = u_getIntPropertyValue(static_cast<UChar32>(c), UCHAR_HANGUL_SYLLABLE_TYPE);
    return type == U_HST_LEADING_JAMO || type == U_HST_VOWEL_JAMO || type == U_HST_TRAILING_JAMO;
}

/// RFC 5892, 2.1.
bool is_letter_or_digit(char32_t c) {
    return (U_GET_GC_MASK(static_cast<UChar32>(c)) & (U_GC_LL_MASK | U_GC_LU_MASK | U_GC_LO_MASK | U_GC_ND_MASK |
                                                      U_GC_LM_MASK | U_GC_MN_MASK | U_GC_MC_MASK)) != 0;
}

/// The derived property, by the steps of RFC 5892, 3.
Derived derive(char32_t c) {
    if (const auto exception = find_exception(c)) {
        return *exception;
    }
    if (c == U'-' || is_between(c, U'0', U'9') || is_between(c, U'a', U'z')) {
        return Derived::pvalid;
    }
    if (c == zero_width_joiner || c == zero_width_non_joiner) {
        return Derived::contextj;
    }
    const bool valid = is_letter_or_digit(c) && !is_unstable(c) && !is_ignorable(c) && !is_old_hangul_jamo(c);
    return valid ? Derived::pvalid : Derived::disallowed;
}

// ---- Characters that are allowed next to certain others only (RFC 5892, appendix A) ----

bool has_script(char32_t c, UScriptCode script) {
    UErrorCode status = U_ZERO_ERROR;
    return uscript_getScript(static_cast<UChar32>(c), &status) == script && U_SUCCESS(status) != 0;
}

bool follows_virama(std::u32string_view label, std::size_t position) {
    constexpr std::uint8_t virama = 9;
    return position > 0 && u_getCombiningClass(static_cast<UChar32>(label[position - 1])) == virama;
}

/// Whether the first letter that is not transparent joins to the non-joiner's side of it.
template <class Range>
bool joins(const Range& letters, UJoiningType side) {
    for (const char32_t c : letters) {
        const auto type = u_getIntPropertyValue(static_cast<UChar32>(c), UCHAR_JOINING_TYPE);
        if (type != U_JT_TRANSPARENT) {
            return type == side || type == U_JT_DUAL_JOINING;
        }
    }
    return false;
}

bool is_joiner_allowed(std::u32string_view label, std::size_t position) {
    if (follows_virama(label, position)) {
        return true;
    }
    const std::u32string before(label.rbegin() + static_cast<std::ptrdiff_t>(label.size() - position), label.rend());
    return label[position] == zero_width_non_joiner && joins(before, U_JT_LEFT_JOINING) &&
           joins(label.substr(position + 1), U_JT_RIGHT_JOINING);
}

bool is_context_good(std::u32string_view label, std::size_t position) {
    const char32_t c = label[position];
    const bool has_previous = position > 0;
    const bool has_next = position + 1 < label.size();
    switch (c) {
        case 0x00B7:  // Middle dot, for Catalan.
            return has_previous && has_next && label[position - 1] == U'l' && label[position + 1] == U'l';
        case 0x0375:  // Greek lower numeral sign.
            return has_next && has_script(label[position + 1], USCRIPT_GREEK);
        case 0x05F3:  // Hebrew geresh and gershayim.
        case 0x05F4:
            return has_previous && has_script(label[position - 1], USCRIPT_HEBREW);
        case katakana_middle_dot:
            return std::ranges::any_of(label, [](char32_t other) {
                return other != katakana_middle_dot &&
                       (has_script(other, USCRIPT_HIRAGANA) || has_script(other, USCRIPT_KATAKANA) ||
                        has_script(other, USCRIPT_HAN));
            });
        default:  // The two sets of Arabic digits, which look alike, must not be mixed.
            return is_arabic_indic_digit(c) ? std::ranges::none_of(label, is_extended_arabic_indic_digit)
                                            : std::ranges::none_of(label, is_arabic_indic_digit);
    }
}

Fault find_character_fault(std::u32string_view label) {
    for (std::size_t i = 0; i < label.size(); ++i) {
        const auto code = static_cast<std::uint32_t>(label[i]);
        switch (derive(label[i])) {
            case Derived::pvalid:
                break;
            case Derived::contextj:
                if (!is_joiner_allowed(label, i)) {
                    return fmt::format("Joiner U+{:04X} not allowed at position {} in {}", code, i + 1, quote(label));
                }
                break;
            case Derived::contexto:
                if (!is_context_good(label, i)) {
                    return fmt::format("Codepoint U+{:04X} not allowed at position {} in {}", code, i + 1,
                                       quote(label));
                }
                break;
            case Derived::disallowed:
                return fmt::format("Codepoint U+{:04X} at position {} of {} not allowed", code, i + 1, quote(label));
        }
    }
    return std::nullopt;
}

/// RFC 5891, 4.2.
Fault find_fault(std::u32string_view label) {
    if (label.empty()) {
        return "Empty Label";
    }
    if (label.size() > max_domain_bytes) {
        return "Label too long";
    }
    if (normalize_nfc(label) != label) {
        return "Label must be in Normalization Form C";
    }
    if (label.substr(std::min<std::size_t>(2, label.size())).starts_with(U"--")) {
        return "Label has disallowed hyphens in 3rd and 4th position";
    }
    if (label.starts_with(U'-') || label.ends_with(U'-')) {
        return "Label must not start or end with a hyphen";
    }
    if (major_category(label.front()) == 'M') {
        return "Label begins with an illegal combining character";
    }
    if (auto fault = find_character_fault(label)) {
        return fault;
    }
    return has_right_to_left(label) ? find_bidi_fault(label) : std::nullopt;
}

// ---- The rule for right-to-left labels (RFC 5893, 2) ----

UCharDirection direction_of(char32_t c) {
    return u_charDirection(static_cast<UChar32>(c));
}

bool is_right_to_left_letter(UCharDirection direction) {
    return direction == U_RIGHT_TO_LEFT || direction == U_RIGHT_TO_LEFT_ARABIC;
}

/// What both kinds of label may have besides their letters (conditions 2 and 5).
bool is_neutral(UCharDirection direction) {
    switch (direction) {
        case U_EUROPEAN_NUMBER:
        case U_EUROPEAN_NUMBER_SEPARATOR:
        case U_COMMON_NUMBER_SEPARATOR:
        case U_EUROPEAN_NUMBER_TERMINATOR:
        case U_OTHER_NEUTRAL:
        case U_BOUNDARY_NEUTRAL:
        case U_DIR_NON_SPACING_MARK:
            return true;
        default:
            return false;
    }
}

}  // namespace

std::expected<std::u32string, std::string> map(std::u32string_view domain) {
    constexpr char16_t no_place = 0xFFFD;
    for (std::size_t i = 0; i < domain.size(); ++i) {
        if (map_uts46(to_utf16(domain.substr(i, 1))).indexOf(no_place) >= 0) {
            return std::unexpected(fmt::format("Codepoint U+{:04X} not allowed at position {} in {}",
                                               static_cast<std::uint32_t>(domain[i]), i + 1, quote(domain)));
        }
    }
    return from_utf16(map_uts46(to_utf16(domain)));
}

std::expected<std::string, std::string> to_ascii_label(std::u32string_view label) {
    std::string ascii;
    if (is_ascii(label)) {
        ascii = to_utf8(label);
        if (auto unicode = to_unicode_label(ascii); !unicode) {
            return std::unexpected(std::move(unicode.error()));
        }
    } else {
        if (auto fault = find_fault(label)) {
            return std::unexpected(*std::move(fault));
        }
        icu::UnicodeString result;
        icu::IDNAInfo info;
        UErrorCode status = U_ZERO_ERROR;
        processor().labelToASCII(to_utf16(label), result, info, status).toUTF8String(ascii);
        text::check_icu(status);
        if ((info.getErrors() & ~std::uint32_t{UIDNA_ERROR_LABEL_TOO_LONG}) != 0) {
            return std::unexpected("Invalid U-label");
        }
    }
    if (ascii.size() > max_label_bytes) {
        return std::unexpected("Label too long");
    }
    return ascii;
}

std::expected<std::u32string, std::string> to_unicode_label(std::string_view label) {
    const std::string lower = to_lower_ascii(label);
    std::u32string unicode = to_code_points(lower);
    if (lower.starts_with(ace_prefix)) {
        if (lower.size() == ace_prefix.size()) {
            return std::unexpected("Malformed A-label, no Punycode eligible content found");
        }
        if (lower.ends_with('-')) {
            return std::unexpected("A-label must not end with a hyphen");
        }
        icu::UnicodeString result;
        icu::IDNAInfo info;
        UErrorCode status = U_ZERO_ERROR;
        unicode = from_utf16(processor().labelToUnicode(to_utf16(unicode), result, info, status));
        text::check_icu(status);
        if (info.hasErrors() != 0) {
            return std::unexpected("Invalid A-label");
        }
    }
    if (auto fault = find_fault(unicode)) {
        return std::unexpected(*std::move(fault));
    }
    return unicode;
}

bool has_right_to_left(std::u32string_view text) {
    return std::ranges::any_of(text, [](char32_t c) {
        const UCharDirection direction = direction_of(c);
        return is_right_to_left_letter(direction) || direction == U_ARABIC_NUMBER;
    });
}

std::optional<std::string> find_bidi_fault(std::u32string_view label) {
    const UCharDirection first = direction_of(label.front());
    const bool right_to_left = is_right_to_left_letter(first);
    if (!right_to_left && first != U_LEFT_TO_RIGHT) {
        return fmt::format("First codepoint in label {} must be directionality L, R or AL", quote(label));
    }
    bool ends_well = false;
    std::optional<UCharDirection> number;
    for (std::size_t i = 0; i < label.size(); ++i) {
        const UCharDirection direction = direction_of(label[i]);
        const bool is_letter = right_to_left ? is_right_to_left_letter(direction) : direction == U_LEFT_TO_RIGHT;
        const bool is_number = direction == U_EUROPEAN_NUMBER || (right_to_left && direction == U_ARABIC_NUMBER);
        if (!is_letter && !is_number && !is_neutral(direction)) {
            return fmt::format("Invalid direction for codepoint at position {} in a {} label", i + 1,
                               right_to_left ? "right-to-left" : "left-to-right");
        }
        if (direction != U_DIR_NON_SPACING_MARK) {
            ends_well = is_letter || is_number;
        }
        if (right_to_left && is_number && number.value_or(direction) != direction) {
            return "Can not mix numeral types in a right-to-left label";
        }
        if (is_number) {
            number = direction;
        }
    }
    return ends_well ? std::nullopt : Fault("Label ends with illegal codepoint directionality");
}

}  // namespace nassaq::schema::idna
