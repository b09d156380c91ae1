#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "search/index.hpp"

/// The words of each user's documents (Search_Vocabulary): what `begin*` stands for, and which words are new. The words
/// of file names are in it once more, behind name_sign.
namespace nassaq::search {

/// What learn() takes.
db::Lock lock_of_learning(db::Dialect dialect, std::int64_t user_id);
/// Remembers words of a user's documents; new ones also by their trigrams.
void learn(db::Session& transaction, std::int64_t user_id, std::span<const VocabularyWord> words);

/// Those of the words that are in the vocabulary, and in no document of the user any more.
std::vector<std::string> find_gone_words(db::Session& session, std::int64_t user_id,
                                         std::span<const std::string> words);
/// Forgets those of the words that are still in no document. Waits until nobody is learning words of this user, and
/// lets nobody until the end of the transaction, lest words be forgotten of a document that is just coming. For few
/// words.
void forget(db::Session& transaction, std::int64_t user_id, std::span<const std::string> words);

/// Puts to each `begin*` the words that it stands for, where they are known, and few enough for the database.
void expand_prefixes(db::Session& session, Query& query, std::int64_t user_id);

}  // namespace nassaq::search
