#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "search/index.hpp"

/// The words of each user's documents (Search_Vocabulary): what `begin*` stands for, and which words are new. The words
/// of file names are in it once more, behind name_sign.
namespace nassaq::search {

/// Remembers words of a user's documents, as all_words() has them; new ones also by their trigrams.
void learn(db::Session& transaction, std::int64_t user_id, const std::vector<std::string>& words);

/// Forgets those of the words that are in no document of the user any more. Waits until nobody is learning words of
/// this user, and lets nobody until the end of the transaction, lest words be forgotten of a document that is just
/// coming.
void forget(db::Session& transaction, std::int64_t user_id, const std::vector<std::string>& words);

/// Puts to each `begin*` the words that it stands for, where they are known, and few enough for the database.
void expand_prefixes(db::Session& session, Query& query, std::int64_t user_id);

}  // namespace nassaq::search
