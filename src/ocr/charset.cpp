#include "ocr/charset.hpp"

#include <unicode/uchar.h>
#include <unicode/ucnv.h>
#include <unicode/unistr.h>
#include <unicode/uscript.h>

#include <algorithm>
#include <cstdint>
#include <stdexcept>

#include "base/code_points.hpp"

namespace nassaq::ocr {

namespace {

using namespace std::string_view_literals;

/// A share of characters that make sense from which a character set is believed.
constexpr double believable_share = 0.9;

unsigned byte_at(std::string_view bytes, std::size_t i) {
    return static_cast<unsigned char>(bytes[i]);
}

/// Code units of Arabic and Western text. Bytes of other character sets, taken in pairs, fall outside: "he" would be
/// U+6865, and the control characters that would be needed for the others do not occur in text.
bool is_likely_unit(unsigned unit) {
    const unsigned high = unit >> 8U;
    const unsigned low = unit & 0xFFU;
    if (high == 0) return low == '\t' || low == '\n' || low == '\r' || (low >= 0x20 && low != 0x7F);
    return high == 0x06 || (unit >= 0x200C && unit <= 0x201F) || unit == 0x2026 || (unit >= 0xFB50 && unit <= 0xFEFF);
}

double likely_units(std::string_view bytes, bool big_endian) {
    std::size_t likely = 0;
    const std::size_t units = bytes.size() / 2;
    for (std::size_t i = 0; i < units; ++i) {
        const unsigned first = byte_at(bytes, 2 * i);
        const unsigned second = byte_at(bytes, 2 * i + 1);
        if (is_likely_unit(big_endian ? first << 8U | second : second << 8U | first)) ++likely;
    }
    return units == 0 ? 0 : static_cast<double>(likely) / static_cast<double>(units);
}

struct Utf8Count {
    std::size_t sequences = 0;  ///< Of more than one byte, well-formed.
    std::size_t errors = 0;
};

Utf8Count count_utf8(std::string_view bytes) {
    Utf8Count count;
    for (std::size_t position = 0; position < bytes.size();) {
        const text::CodePoint character = text::next_code_point(bytes, position);
        if (character < 0 && position < bytes.size()) ++count.errors;  // The sample may end inside a character.
        if (character >= 0x80) ++count.sequences;
    }
    return count;
}

bool is_arabic(text::CodePoint c) {
    UErrorCode error = U_ZERO_ERROR;
    return u_isalpha(c) != 0 && uscript_getScript(c, &error) == USCRIPT_ARABIC;
}

bool is_latin(text::CodePoint c) {
    return c < 0x0250 && u_isalpha(c) != 0;
}

/// An Arabic letter beside another, a Latin letter beside another, or punctuation: what a byte above 0x7F is in text.
bool is_at_home(const icu::UnicodeString& text, int32_t i) {
    const UChar c = text[i];
    const UChar before = i > 0 ? text[i - 1] : u' ';
    const UChar after = i + 1 < text.length() ? text[i + 1] : u' ';
    if (is_arabic(c)) return is_arabic(before) || is_arabic(after) || u_charType(before) == U_NON_SPACING_MARK;
    if (is_latin(c)) return is_latin(before) || is_latin(after);
    if (u_charType(c) == U_NON_SPACING_MARK || c == 0x0640)
        return is_arabic(before) || u_charType(before) == U_NON_SPACING_MARK;
    return (U_GET_GC_MASK(c) & (U_GC_P_MASK | U_GC_S_MASK | U_GC_ZS_MASK | U_GC_NO_MASK)) != 0;
}

icu::UnicodeString to_unicode(std::string_view bytes, const char* charset) {
    return {bytes.data(), static_cast<int32_t>(bytes.size()), charset};
}

/// The share of the bytes above 0x7F that make sense in a single-byte character set.
double bytes_at_home(std::string_view bytes, const char* charset) {
    const icu::UnicodeString text = to_unicode(bytes, charset);
    int32_t high = 0;
    int32_t home = 0;
    for (int32_t i = 0; i < text.length(); ++i) {
        if (text[i] < 0x80) continue;
        ++high;
        if (is_at_home(text, i)) ++home;
    }
    return high == 0 ? 0 : static_cast<double>(home) / high;
}

std::optional<Charset> find_without_mark(std::string_view sample) {
    const double little = likely_units(sample, false);
    const double big = likely_units(sample, true);
    if (std::max(little, big) >= believable_share) return little >= big ? Charset::utf16_le : Charset::utf16_be;
    const Utf8Count utf8 = count_utf8(sample);
    if (utf8.errors <= utf8.sequences) return Charset::utf8;
    const double windows = bytes_at_home(sample, "windows-1256");
    const double iso = bytes_at_home(sample, "ISO-8859-6");
    if (std::max(windows, iso) < believable_share) return std::nullopt;
    return windows >= iso ? Charset::windows_1256 : Charset::iso_8859_6;
}

}  // namespace

std::optional<Charset> find_charset(std::string_view bytes) {
    if (bytes.starts_with("\xEF\xBB\xBF"sv)) return Charset::utf8;
    if (bytes.starts_with("\xFF\xFE"sv)) return Charset::utf16_le;
    if (bytes.starts_with("\xFE\xFF"sv)) return Charset::utf16_be;
    return find_without_mark(bytes.substr(0, charset_sample_bytes));
}

Charset detect_charset(std::string_view bytes) {
    return find_charset(bytes).value_or(Charset::utf8);
}

const char* name_of(Charset charset) {
    switch (charset) {
        case Charset::utf8:
            return "UTF-8";
        case Charset::utf16_le:
            return "UTF-16LE";
        case Charset::utf16_be:
            return "UTF-16BE";
        case Charset::windows_1256:
            return "windows-1256";
        case Charset::iso_8859_6:
            return "ISO-8859-6";
    }
    throw std::logic_error("unknown character set");
}

}  // namespace nassaq::ocr
