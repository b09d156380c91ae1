#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "search/query.hpp"

/// What a query asks of the index, in terms that every database can be asked in.
namespace nassaq::search {

/// Whether a passage has certain words.
struct Condition {
    enum class Kind {
        leaf,
        all,     ///< of `parts`
        any,     ///< of `parts`
        except,  ///< the first of `parts`, but not the second
    };
    enum class Scope { anywhere, name };
    enum class Form {
        words,   ///< These, one after the other.
        stem,    ///< One stem.
        prefix,  ///< One beginning.
    };

    Kind kind = Kind::leaf;
    Scope scope = Scope::anywhere;  ///< Of a leaf, as are those that follow.
    Form form = Form::words;
    std::vector<std::string> words;  ///< Folded: letters and digits only, so that no syntax can be made of them.
    /// Of a beginning: the vocabulary of whoever searches has all words that begin so.
    bool is_in_vocabulary = false;
    std::vector<Condition> parts;

    bool operator==(const Condition&) const = default;
};

/// Whether it is known beforehand that no passage is so: a beginning that no word has.
bool finds_nothing(const Condition& condition);

/// A look through the index: every passage that is found gets `weight` points, and all its points together are its
/// score.
struct Pass {
    Condition condition;
    std::int64_t weight = 0;
};

/// The looks that a query takes, even those that find nothing. Their weights are such that the points of one outdo
/// those of all below it together: the whole query as a phrase; all its words; a word in the file's name; all words
/// just as they were typed; and then the number of the words. @param query has something to search.
/// @param most  so many units are looked for, quoted ones first; a phrase that is the whole query does not count.
std::vector<Pass> plan(const Query& query, std::size_t most = most_units);

/// The points of a passage that every pass finds.
std::int64_t highest_score(std::span<const Pass> passes);

}  // namespace nassaq::search
