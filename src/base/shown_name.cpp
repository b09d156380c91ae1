#include "base/shown_name.hpp"

#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/text.hpp"

namespace nassaq::text {
namespace {

constexpr char32_t zero_width_non_joiner = 0x200C;
constexpr char32_t zero_width_joiner = 0x200D;
constexpr int virama_class = 9;

using CodePoints = std::u32string;

UJoiningType joining_type(UChar32 character) {
    return static_cast<UJoiningType>(u_getIntPropertyValue(character, UCHAR_JOINING_TYPE));
}

/// That stand in a row on one letter; more are no text, and would cost time.
constexpr std::size_t most_marks = 16;

/// Whether the last letter reaches out to the next one; vowel signs between do not count.
bool joins_forward(const CodePoints& before) {
    for (std::size_t steps = 1; steps <= std::min(before.size(), most_marks); ++steps) {
        const UJoiningType type = joining_type(static_cast<UChar32>(before[before.size() - steps]));
        if (type != U_JT_TRANSPARENT) {
            return type == U_JT_DUAL_JOINING || type == U_JT_LEFT_JOINING;
        }
    }
    return false;
}

/// Whether the letter behind `place` reaches back to the one before; nor do other joiners, which may have to go.
bool joins_backward(const CodePoints& name, std::size_t place) {
    for (std::size_t next = place + 1; next < std::min(name.size(), place + most_marks); ++next) {
        const char32_t character = name[next];
        const UJoiningType type = joining_type(static_cast<UChar32>(character));
        if (type != U_JT_TRANSPARENT && character != zero_width_joiner && character != zero_width_non_joiner) {
            return type == U_JT_DUAL_JOINING || type == U_JT_RIGHT_JOINING;
        }
    }
    return false;
}

UChar32 last_of(const CodePoints& text) {
    return text.empty() ? 0 : static_cast<UChar32>(text.back());
}

bool ends_with_virama(const CodePoints& text) {
    return u_getCombiningClass(last_of(text)) == virama_class;
}

/// As domain names have it (RFC 5892, A.1): anywhere else it changes nothing, and hides.
bool shows_non_joiner(const CodePoints& before, const CodePoints& name, std::size_t place) {
    return ends_with_virama(before) || (joins_forward(before) && joins_backward(name, place));
}

bool joins_emoji(const CodePoints& before, const CodePoints& name, std::size_t place) {
    const UChar32 last = last_of(before);
    const UChar32 next = place + 1 < name.size() ? static_cast<UChar32>(name[place + 1]) : 0;
    const bool is_behind_emoji = last > 0xFF && (u_hasBinaryProperty(last, UCHAR_EMOJI) != 0 ||
                                                 u_hasBinaryProperty(last, UCHAR_VARIATION_SELECTOR) != 0);
    return is_behind_emoji && u_hasBinaryProperty(next, UCHAR_EXTENDED_PICTOGRAPHIC) != 0;
}

/// Behind a virama (RFC 5892, A.2), between two emoji, or where it alone gives a letter its joined form.
bool shows_joiner(const CodePoints& before, const CodePoints& name, std::size_t place) {
    return joins_emoji(before, name, place) || ends_with_virama(before) ||
           joins_forward(before) != joins_backward(name, place);
}

/// Behind emoji, ideographs, symbols and letters of scripts that have variants.
bool shows_variation(const CodePoints& before) {
    const UChar32 last = last_of(before);
    return u_hasBinaryProperty(last, UCHAR_EMOJI) != 0 ||
           (last > 0xFF && (u_isalpha(last) != 0 || u_charType(last) == U_MATH_SYMBOL));
}

bool is_contextual(UChar32 character) {
    return character == UChar32{zero_width_non_joiner} || character == UChar32{zero_width_joiner} ||
           u_hasBinaryProperty(character, UCHAR_VARIATION_SELECTOR) != 0;
}

/// Of what shows in some places only, whether it does so at `place`, behind what has been kept.
bool shows(const CodePoints& before, const CodePoints& name, std::size_t place) {
    switch (name[place]) {
        case zero_width_non_joiner:
            return shows_non_joiner(before, name, place);
        case zero_width_joiner:
            return shows_joiner(before, name, place);
        default:
            return shows_variation(before);
    }
}

bool is_always_hidden(UChar32 character) {
    const bool is_annotation = character >= 0xFFF9 && character <= 0xFFFB;
    const bool ends_line = character == 0x2028 || character == 0x2029;
    const bool is_ignorable = u_hasBinaryProperty(character, UCHAR_DEFAULT_IGNORABLE_CODE_POINT) != 0;
    return is_annotation || ends_line || (is_ignorable && !is_contextual(character));
}

CodePoints to_code_points(const icu::UnicodeString& text) {
    CodePoints points;
    for (std::int32_t place = 0; place < text.length(); place = text.moveIndex32(place, 1)) {
        points.push_back(static_cast<char32_t>(text.char32At(place)));
    }
    return points;
}

CodePoints remove_hidden(CodePoints name) {
    std::erase_if(name, [](char32_t character) { return is_always_hidden(static_cast<UChar32>(character)); });
    CodePoints kept;
    for (std::size_t place = 0; place < name.size(); ++place) {
        if (!is_contextual(static_cast<UChar32>(name[place])) || shows(kept, name, place)) {
            kept.push_back(name[place]);
        }
    }
    return kept;
}

}  // namespace

std::string without_hidden_characters(std::string_view name) {
    if (is_ascii(name)) {
        return std::string(name);
    }
    const auto text = icu::UnicodeString::fromUTF8({name.data(), static_cast<std::int32_t>(name.size())});
    const CodePoints shown = remove_hidden(to_code_points(text));
    const auto length = static_cast<std::int32_t>(shown.size());
    std::string result;
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): both are code points.
    return icu::UnicodeString::fromUTF32(reinterpret_cast<const UChar32*>(shown.data()), length).toUTF8String(result);
}

bool has_hidden_character(std::string_view name) {
    return without_hidden_characters(name) != name;
}

}  // namespace nassaq::text
