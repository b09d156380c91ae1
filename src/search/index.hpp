#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/session.hpp"
#include "search/passage.hpp"
#include "search/plan.hpp"

/// The index over the texts and names of all documents, in the SQL database; docs/decisions/0030-search.md.
namespace nassaq::search {

/// So many passages a pass takes into account; with more, the total says this many or more.
inline constexpr std::int64_t most_candidates = 50'000;

/// What the index knows of a document besides its passages.
struct Subject {
    std::int64_t doc_id = 0;
    std::int64_t user_id = 0;  ///< Who has uploaded it: it is part of the index, and never changes.
    std::string filename;
    bool has_text = false;  ///< Its text has been extracted. False: only the name can be found.
    /// Document_Text has the text of whole pages, which then need not be kept twice.
    bool text_is_in_database = false;
};

/// Who searches, and where.
struct Filter {
    std::optional<std::int64_t> user_id;  ///< Only this user's documents. Nothing: all.
    std::optional<std::string> path;      ///< Only in this virtual path and those below it.
    std::optional<std::string> language;  ///< Only pages in this language.
};

/// A passage that was found, and its points.
struct FoundPassage {
    std::int64_t passage_id = 0;
    std::int64_t points = 0;
    std::int64_t total = 0;  ///< Of all that were found, not only of this slice.
};
BOOST_DESCRIBE_STRUCT(FoundPassage, (), (passage_id, points, total))

/// The part of the index that each database has in a form of its own. Has no state; all functions throw db::Error.
class Tables {
public:
    Tables() = default;
    Tables(const Tables&) = delete;
    Tables& operator=(const Tables&) = delete;
    virtual ~Tables() = default;

    /// Adds the passages of a document that has none. In the caller's transaction, as all that changes something.
    virtual void insert(db::Session& transaction, const Subject& subject,
                        const std::vector<Passage>& passages) const = 0;
    /// The best first, then the newest documents; the passages of a document in its order.
    virtual std::vector<FoundPassage> find(db::Session& session, const std::vector<Pass>& passes, const Filter& filter,
                                           db::Paging page) const = 0;
    /// Remembers the words of a user's documents, in order of the alphabet, by their trigrams.
    virtual void learn(db::Session& transaction, std::int64_t user_id, const std::vector<std::string>& words) const = 0;
};

const Tables& tables_of(db::Dialect dialect);

/// Indexes a document in place of what the index had of it, in the caller's transaction.
void index_document(db::Session& transaction, const Subject& subject, const std::vector<Passage>& passages);
/// Adds a document of which so far only the name is known.
void index_name(db::Session& transaction, std::int64_t doc_id, std::int64_t user_id, std::string_view filename);
/// To be called when a document's name has changed.
void index_new_name(db::Session& transaction, std::int64_t doc_id);
/// Takes a document out of the index, and forgets its words that no other document of its owner has. To be called
/// before its rows and its text are deleted; without it those are deleted all the same, and only the words stay behind.
void remove_document(db::Session& transaction, std::int64_t doc_id);
/// Whether text is kept for the document in Document_Text, under this id.
bool has_text_in_database(db::Session& session, std::int64_t doc_id, std::string_view text_id);

/// A hit, as far as the database knows it.
struct Hit {
    std::int64_t doc_id = 0;
    std::string filename;
    std::string path;
    std::int64_t page = 0;
    std::optional<std::string> language;
    std::string text;  ///< The original text of the passage.
    double score = 0;  ///< 0 to 1.
};

struct Hits {
    std::int64_t total = 0;
    std::vector<Hit> items;
    Query query;  ///< That has found them: with other words where the ones that were typed are nowhere.
};

/// @param query  has something to search
Hits find(db::Session& session, const Query& query, const Filter& filter, db::Paging page);

}  // namespace nassaq::search
