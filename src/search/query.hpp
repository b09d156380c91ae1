#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What people type into the search field. Nothing that they type is an error.
namespace nassaq::search {

/// One thing that is looked for.
struct Unit {
    enum class Kind {
        word,    ///< Typed plainly: its stem will do. Several words where one was typed with signs in it: 2024/15.
        phrase,  ///< "in quotes": these very words, one after the other.
        prefix,  ///< word*: whatever begins so.
    };

    Kind kind = Kind::word;
    std::vector<std::string> words;  ///< Folded; never empty.
    /// A word of which every text is full: it counts in a phrase, and by itself only when there is nothing else.
    bool is_common = false;
    std::vector<std::string> alternatives;  ///< What is looked for in its place, when it is nowhere.
    /// Of a prefix: the words that begin so in what is searched, and in the names of files. Nothing: not known, or very
    /// many; the index itself is asked then.
    std::optional<std::vector<std::string>> begun_words;
    std::optional<std::vector<std::string>> begun_words_in_names;
    /// Of a prefix: all words that begin so are in the vocabulary of whoever searches, however many.
    bool is_in_vocabulary = false;
};

/// A query, taken apart.
struct Query {
    std::vector<Unit> wanted;    ///< In the order of typing.
    std::vector<Unit> required;  ///< The quoted ones of them, which every hit has.
    std::vector<Unit> excluded;

    /// Excluding alone finds nothing.
    [[nodiscard]] bool has_nothing_to_search() const { return wanted.empty(); }
    /// The wanted units without common words, unless there is nothing else.
    [[nodiscard]] std::vector<Unit> significant() const;
};

/// So many words are looked for; what a query has beyond them only adds to its cost.
inline constexpr std::size_t most_units = 16;
inline constexpr std::size_t most_excluded = 8;
inline constexpr std::size_t longest_phrase = 16;
/// As short a prefix stands for too many words to be of use; in characters.
inline constexpr std::size_t shortest_prefix = 2;

/// Words, "phrases", -word, -"phrase" and word*. A quote that is not closed goes to the end.
Query parse_query(std::string_view text);

}  // namespace nassaq::search
