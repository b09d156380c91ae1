#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "access/reach.hpp"
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

/// What is searched.
struct Filter {
    std::optional<std::int64_t> user_id;  ///< Only this user's documents. Nothing: all.
    /// Only documents that it includes. Null: the other filters leave none that may not be read.
    std::shared_ptr<const access::Reach> reach;
    /// The audiences that the reach has in the index; nothing where that cannot tell, or there is no reach.
    std::optional<std::vector<std::int64_t>> audiences;
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

/// Passages that are written together.
struct Piece {
    std::span<const Passage> passages;
    NameWords name;                               ///< Only where the first of them is the document's first.
    std::vector<std::vector<std::string>> terms;  ///< Of each, as Tables::terms() has made them.
};

/// What is taken out of the index together.
struct Removal {
    std::int64_t doc_id = 0;
    std::vector<std::int64_t> passage_ids;  ///< Empty: all of the document.
    /// A name without a text is indexed again at once, so that its words need not be looked for.
    bool only_texts_leave_words = false;
};

/// How much of a large work is done in one transaction. Where there is one writer, so little that nobody waits long
/// for it; where each statement is a round trip to a server, so much that there are few.
struct PieceSizes {
    std::size_t words;  ///< Of passages. A page of a book has 400.
    std::size_t passages;
    std::size_t vocabulary_words;
    std::size_t removed_passages;
    std::size_t keyed_passages;  ///< Those that are given another audience.
    /// A document of up to so much is written in one transaction, that of its job.
    std::size_t most_words_at_once;
    std::size_t most_vocabulary_words_at_once;
};

/// The part of the index that each database has in a form of its own. Has no state; all functions throw db::Error.
class Tables {
public:
    Tables() = default;
    Tables(const Tables&) = delete;
    Tables& operator=(const Tables&) = delete;
    virtual ~Tables() = default;

    /// What insert() writes of a passage besides its words. It is work for the processor, so it is done before.
    [[nodiscard]] virtual std::vector<std::string> terms(std::int64_t user_id, const NameWords& name,
                                                         const Passage& passage) const = 0;
    /// Adds passages of a document that it does not have yet. In the caller's transaction, as all that changes
    /// something. Of the pieces of one document the last is to be inserted first.
    virtual void insert(db::Session& transaction, const Subject& subject, const Piece& piece) const = 0;
    /// Removes passages, and writes down their words (Search_Leftovers).
    virtual void remove(db::Session& transaction, const Removal& removal) const = 0;
    /// The best first, then the newest documents; the passages of a document in its order.
    virtual std::vector<FoundPassage> find(db::Session& session, std::span<const Pass> passes, const Filter& filter,
                                           db::Paging page) const = 0;

    /// Adds words, in order of the alphabet, to a user's vocabulary, and the trigrams of those that it did not have.
    virtual void add_words(db::Session& transaction, std::int64_t user_id,
                           std::span<const VocabularyWord> words) const = 0;
    /// Those of the words that are in the user's vocabulary, and in no document of theirs any more.
    virtual std::vector<std::string> find_gone_words(db::Session& session, std::int64_t user_id,
                                                     std::span<const std::string> words) const = 0;
    /// Takes words, and their trigrams, out of a user's vocabulary.
    virtual void remove_words(db::Session& transaction, std::int64_t user_id,
                              std::span<const VocabularyWord> words) const = 0;
    [[nodiscard]] virtual const PieceSizes& piece_sizes() const = 0;
    /// So many audiences a search looks at together. 0: there are none in the index.
    [[nodiscard]] virtual std::size_t most_audiences() const { return 0; }
    /// Has passages bear an audience, or none (0).
    virtual void set_audience(db::Session& /*transaction*/, std::span<const std::int64_t> /*passage_ids*/,
                              std::int64_t /*audience_id*/) const {}
    /// A mark of this transaction, for are_earlier_ones_over(): whether all that had begun to write before it have come
    /// to their ends.
    virtual std::string mark_of_transaction(db::Session& /*transaction*/) const { return {}; }
    [[nodiscard]] virtual bool are_earlier_ones_over(db::Session& /*session*/, const std::string& /*mark*/) const {
        return true;
    }

    /// Whether several transactions can add words of one user at the same time.
    [[nodiscard]] virtual bool learns_together() const = 0;
    /// With more words than these, finding any of them takes longer than finding a prefix.
    [[nodiscard]] virtual std::size_t most_words(Condition::Scope scope) const = 0;
    /// Of a query with more units than these, the others are not looked for.
    [[nodiscard]] virtual std::size_t most_units() const { return search::most_units; }
};

const Tables& tables_of(db::Dialect dialect);

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
Hits find(db::Session& session, Query query, Filter filter, db::Paging page);

}  // namespace nassaq::search
