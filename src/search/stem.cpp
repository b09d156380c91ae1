#include <libstemmer.h>

#include <algorithm>
#include <array>
#include <memory>
#include <stdexcept>

#include "search/folding.hpp"

namespace nassaq::search {
namespace {

/// Folded Arabic letters take two bytes of UTF-8 each.
constexpr std::size_t letter_bytes = 2;

/// Something that clings to a word, and how many letters must remain without it.
struct Affix {
    std::string_view text;
    std::size_t least_rest;
};

// The longest first. With fewer letters left it is likely to be part of the root.
constexpr auto prefixes = std::to_array<Affix>({
    {"وال", 3},
    {"بال", 3},
    {"كال", 3},
    {"فال", 3},
    {"ولل", 3},
    {"ال", 2},
    {"لل", 3},
    {"و", 3},
});

// As they are when folded: the feminine ending is ه, the adjective's يه.
constexpr auto suffixes = std::to_array<Affix>({
    {"هم", 3},
    {"ها", 3},
    {"ات", 3},
    {"ون", 3},
    {"ين", 3},
    {"يه", 3},
    {"ان", 4},  // of three letters is mostly the root's own: إعلان, إنسان
    {"ه", 3},
    {"ي", 3},
});

bool is_arabic(std::string_view word) {
    const auto lead = static_cast<unsigned char>(word.front());
    return lead >= 0xD8 && lead <= 0xDB;  // U+0600 to U+06FF
}

bool is_english(std::string_view word) {
    return word.size() >= 3 && std::ranges::all_of(word, [](char c) { return c >= 'a' && c <= 'z'; });
}

bool leaves_enough(std::string_view word, const Affix& affix) {
    return word.size() >= affix.text.size() + affix.least_rest * letter_bytes;
}

std::string_view strip_arabic(std::string_view word) {
    for (const Affix& prefix : prefixes) {
        if (word.starts_with(prefix.text) && leaves_enough(word, prefix)) {
            word.remove_prefix(prefix.text.size());
            break;
        }
    }
    for (const Affix& suffix : suffixes) {
        if (word.ends_with(suffix.text) && leaves_enough(word, suffix)) {
            word.remove_suffix(suffix.text.size());
            break;
        }
    }
    return word;
}

struct FreeStemmer {
    void operator()(sb_stemmer* stemmer) const { sb_stemmer_delete(stemmer); }
};

/// A stemmer serves one thread at a time; each thread keeps its own. https://snowballstem.org/
sb_stemmer& english_stemmer() {
    thread_local const std::unique_ptr<sb_stemmer, FreeStemmer> stemmer(sb_stemmer_new("english", "UTF_8"));
    if (!stemmer) {
        throw std::runtime_error("libstemmer has no English stemmer");
    }
    return *stemmer;
}

std::string stem_english(std::string_view word) {
    sb_stemmer& stemmer = english_stemmer();
    const auto* stemmed =
        sb_stemmer_stem(&stemmer, reinterpret_cast<const sb_symbol*>(word.data()), static_cast<int>(word.size()));
    if (stemmed == nullptr) {
        throw std::bad_alloc();
    }
    return {reinterpret_cast<const char*>(stemmed), static_cast<std::size_t>(sb_stemmer_length(&stemmer))};
}

}  // namespace

std::string stem(std::string_view word) {
    if (is_arabic(word)) {
        return std::string(strip_arabic(word));
    }
    return is_english(word) ? stem_english(word) : std::string(word);
}

}  // namespace nassaq::search
