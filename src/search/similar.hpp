#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/session.hpp"
#include "search/index.hpp"
#include "search/query.hpp"

/// Words that are nearly the one that was typed.
namespace nassaq::search {

/// The distinct runs of three letters of a folded word, with one `_` before and behind it.
std::vector<std::string> trigrams_of(std::string_view word);

/// How many letters have to be put in, taken out, replaced, or swapped with their neighbour to make one word the other
/// (the optimal string alignment distance).
std::size_t edit_distance(std::u32string_view left, std::u32string_view right);

/// The query with each of its words replaced by similar ones that are in documents that the filter leaves: where it
/// leaves those of many users, of some of them. @return nothing when there are no such words.
std::optional<Query> with_similar_words(db::Session& session, const Query& query, const Filter& filter);

}  // namespace nassaq::search
