#include "search/mssql_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/describe.hpp>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <functional>
#include <iterator>
#include <span>
#include <utility>

#include "db/batches.hpp"
#include "search/mssql_search.hpp"
#include "search/tables.hpp"

/// A table of terms that begins with the term and the owner, for a B-tree is what every SQL Server has.
namespace nassaq::search {
namespace {

constexpr PieceSizes mssql_pieces{.words = most_passage_words,
                                  .passages = 64,
                                  .vocabulary_words = 1'000,
                                  .removed_passages = 4,
                                  .keyed_passages = 0,
                                  .most_words_at_once = 2 * most_passage_words,
                                  .most_vocabulary_words_at_once = 3'000};
/// A statement that locks 5,000 rows may lock their table instead (learn.microsoft.com, "Lock escalation").
constexpr std::size_t rows_of_a_statement = 2'000;
/// So many words, those of a name, are learnt without looking first which of them are new: that would be a round trip
/// more, and to send the trigrams of known words in vain is less.
constexpr std::size_t few_words = 32;

/// Of the words in a JSON array those that a user's vocabulary has not: the array and the user's id are its values.
constexpr std::string_view words_to_learn =
    "FROM OPENJSON(CAST(? AS NVARCHAR(MAX))) WITH (word NVARCHAR(65) '$') AS r "
    "WHERE NOT EXISTS (SELECT 1 FROM Search_Vocabulary v "
    "WHERE v.user_id = ? AND v.word = r.word COLLATE Latin1_General_BIN2)";

/// Gives `write` the rows as texts for OPENJSON, with no more rows than one statement is to write.
void in_portions(std::span<const boost::json::value> rows, const std::function<void(const std::string&)>& write) {
    while (!rows.empty()) {
        const auto some = rows.first(std::min(rows_of_a_statement, rows.size()));
        write(boost::json::serialize(boost::json::array(some.begin(), some.end())));
        rows = rows.subspan(some.size());
    }
}

boost::json::array word_rows(std::span<const VocabularyWord> words) {
    boost::json::array rows;
    for (const VocabularyWord& word : words) {
        rows.emplace_back(word.word);
    }
    return rows;
}

boost::json::array trigram_rows(std::span<const VocabularyWord> words) {
    boost::json::array rows;
    for (const VocabularyWord& word : words) {
        for (const std::string& trigram : word.trigrams) {
            rows.push_back({{"trigram", trigram}, {"word", word.word}});
        }
    }
    return rows;
}

/// With a sign between name and text, so that no phrase begins in the one and ends in the other.
std::string searchable_words(const NameWords& name, const Passage& passage) {
    return fmt::format(" {} | {} ", name.words, passage.words);
}

struct NewPassage {
    std::int64_t passage_id = 0;
    std::int64_t page = 0;
    std::int64_t part = 0;
};
BOOST_DESCRIBE_STRUCT(NewPassage, (), (passage_id, page, part))

/// What a passage's row has that is not in the passage.
struct PageWords {
    std::string of_name;
    std::string all;
};

std::vector<PageWords> words_of_pages(const Piece& piece) {
    std::vector<PageWords> words;
    NameWords name = piece.name;
    for (const Passage& passage : piece.passages) {
        words.push_back({.of_name = fmt::format(" {} ", name.words), .all = searchable_words(name, passage)});
        name = {};
    }
    return words;
}

constexpr std::size_t columns_of_a_page = 9;

/// The rows of Search_Pages. Not in JSON, since their texts have no limit, and what takes them out of it may have one.
std::vector<NewPassage> insert_pages(db::Session& transaction, const Subject& subject, const Piece& piece) {
    const std::vector<PageWords> words = words_of_pages(piece);
    std::vector<NewPassage> inserted;
    db::for_each_batch(words.size(), [&](std::size_t begin, std::size_t size) {
        std::vector<db::Parameter> values;
        for (std::size_t i = begin; i < begin + size; ++i) {
            const Passage& passage = piece.passages[i];
            values.insert(values.end(), {subject.user_id, subject.doc_id, passage.page, passage.part,
                                         std::int64_t{subject.has_text ? 1 : 0}, or_null(language_of(passage)),
                                         or_null(text_to_keep(subject, passage)), std::string_view(words[i].of_name),
                                         std::string_view(words[i].all)});
        }
        const std::string sql =
            "INSERT INTO Search_Pages (user_id, doc_id, page, part, has_text, language, content, name_words, words) "
            "OUTPUT INSERTED.passage_id, INSERTED.page, INSERTED.part VALUES " +
            db::value_rows(size, columns_of_a_page);
        std::ranges::move(transaction.query_with<NewPassage>(sql, values), std::back_inserter(inserted));
    });
    return inserted;
}

class MssqlTables final : public Tables {
public:
    [[nodiscard]] std::vector<std::string> terms(std::int64_t /*user_id*/, const NameWords& name,
                                                 const Passage& passage) const override {
        const std::set<std::string> terms = terms_of(name, passage);
        return {terms.begin(), terms.end()};
    }
    void insert(db::Session& transaction, const Subject& subject, const Piece& piece) const override;
    void remove(db::Session& transaction, const Removal& removal) const override;
    std::vector<FoundPassage> find(db::Session& session, std::span<const Pass> passes, const Filter& filter,
                                   db::Paging page) const override;
    void add_words(db::Session& transaction, std::int64_t user_id,
                   std::span<const VocabularyWord> words) const override;
    std::vector<std::string> find_gone_words(db::Session& session, std::int64_t user_id,
                                             std::span<const std::string> words) const override;
    void remove_words(db::Session& transaction, std::int64_t user_id,
                      std::span<const VocabularyWord> words) const override;
    [[nodiscard]] const PieceSizes& piece_sizes() const override { return mssql_pieces; }
    /// There is no inserting of what is not there yet that two can do at once.
    [[nodiscard]] bool learns_together() const override { return false; }
    /// A prefix is a range of its B-tree. Only that there is no such word is worth knowing.
    [[nodiscard]] std::size_t most_words(Condition::Scope /*scope*/) const override { return 0; }
    [[nodiscard]] std::size_t most_units() const override { return most_units_of_mssql; }
};

void MssqlTables::insert(db::Session& transaction, const Subject& subject, const Piece& piece) const {
    const std::vector<NewPassage> inserted = insert_pages(transaction, subject, piece);
    boost::json::array terms;
    for (const NewPassage& passage : inserted) {
        const auto place = std::ranges::find_if(piece.passages, [&](const Passage& of_piece) {
            return of_piece.page == passage.page && of_piece.part == passage.part;
        });
        for (const std::string& term : piece.terms.at(static_cast<std::size_t>(place - piece.passages.begin()))) {
            terms.push_back({{"passage_id", passage.passage_id}, {"term", term}});
        }
    }
    in_portions(terms, [&](const std::string& rows) {
        transaction.execute_later(
            "INSERT INTO Search_Words (term, user_id, passage_id) SELECT r.term, ?, r.passage_id "
            "FROM OPENJSON(CAST(? AS NVARCHAR(MAX))) WITH (passage_id BIGINT, term NVARCHAR(70)) AS r",
            subject.user_id, rows);
    });
}

void MssqlTables::remove(db::Session& transaction, const Removal& removal) const {
    const auto remove = [&](std::string_view condition, const auto& value) {
        transaction.execute_later(fmt::format("INSERT INTO Search_Leftovers (user_id, words) SELECT user_id, words "
                                              "FROM Search_Pages WHERE {} AND has_text >= ?",
                                              condition),
                                  value, removal.only_texts_leave_words ? 1 : 0);
        transaction.execute_later(fmt::format("DELETE FROM Search_Pages WHERE {}", condition), value);
    };
    if (removal.passage_ids.empty()) {
        remove("doc_id = ?", removal.doc_id);
    } else {
        remove("passage_id IN (SELECT r.id FROM OPENJSON(CAST(? AS NVARCHAR(MAX))) WITH (id BIGINT '$') AS r)",
               fmt::format("[{}]", fmt::join(removal.passage_ids, ",")));
    }
}

std::vector<FoundPassage> MssqlTables::find(db::Session& session, std::span<const Pass> passes, const Filter& filter,
                                            db::Paging page) const {
    const FilterTexts texts(filter, db::Dialect::mssql);
    const TransactSqlSearch search = to_transact_sql(passes, filter, texts, page);
    return session.query_with<FoundPassage>(search.sql, search.parameters);
}

/// Nobody else learns this user's words meanwhile (lock_of_learning).
std::vector<VocabularyWord> new_among(db::Session& transaction, std::int64_t user_id,
                                      std::span<const VocabularyWord> words) {
    std::set<std::string> unknown;
    in_portions(word_rows(words), [&](const std::string& rows) {
        std::ranges::move(
            transaction.query<std::string>(fmt::format("SELECT r.word {}", words_to_learn), rows, user_id),
            std::inserter(unknown, unknown.end()));
    });
    std::vector<VocabularyWord> found;
    std::ranges::copy_if(words, std::back_inserter(found),
                         [&](const VocabularyWord& word) { return unknown.contains(word.word); });
    return found;
}

/// A word that is not in the vocabulary may have its trigrams from before there was one.
void MssqlTables::add_words(db::Session& transaction, std::int64_t user_id,
                            std::span<const VocabularyWord> words) const {
    std::vector<VocabularyWord> new_words;
    if (words.size() > few_words) {
        new_words = new_among(transaction, user_id, words);
        words = new_words;
    }
    in_portions(word_rows(words), [&](const std::string& rows) {
        transaction.execute_later(
            fmt::format("INSERT INTO Search_Vocabulary (user_id, word) SELECT ?, r.word {}", words_to_learn), user_id,
            rows, user_id);
    });
    in_portions(trigram_rows(words), [&](const std::string& rows) {
        transaction.execute_later(
            "INSERT INTO Search_Trigrams (trigram, user_id, word) SELECT r.trigram, ?, r.word "
            "FROM OPENJSON(CAST(? AS NVARCHAR(MAX))) WITH (trigram NVARCHAR(6), word NVARCHAR(64)) AS r "
            "WHERE NOT EXISTS (SELECT 1 FROM Search_Trigrams t WHERE t.trigram = r.trigram COLLATE Latin1_General_BIN2 "
            "AND t.user_id = ? AND t.word = r.word COLLATE Latin1_General_BIN2)",
            user_id, rows, user_id);
    });
}

std::vector<std::string> MssqlTables::find_gone_words(db::Session& session, std::int64_t user_id,
                                                      std::span<const std::string> words) const {
    return session.query<std::string>(
        "SELECT v.word FROM OPENJSON(CAST(? AS NVARCHAR(MAX))) WITH (word NVARCHAR(65) '$') AS r "
        "JOIN Search_Vocabulary v ON v.user_id = ? AND v.word = r.word COLLATE Latin1_General_BIN2 "
        "WHERE NOT EXISTS (SELECT 1 FROM Search_Words t WHERE t.term = v.word AND t.user_id = v.user_id)",
        boost::json::serialize(boost::json::array(words.begin(), words.end())), user_id);
}

void MssqlTables::remove_words(db::Session& transaction, std::int64_t user_id,
                               std::span<const VocabularyWord> words) const {
    transaction.execute(
        "DELETE v FROM Search_Vocabulary v JOIN OPENJSON(CAST(? AS NVARCHAR(MAX))) WITH (word NVARCHAR(65) '$') AS r "
        "ON v.word = r.word COLLATE Latin1_General_BIN2 WHERE v.user_id = ?",
        boost::json::serialize(word_rows(words)), user_id);
    in_portions(trigram_rows(words), [&](const std::string& rows) {
        transaction.execute(
            "DELETE t FROM Search_Trigrams t JOIN OPENJSON(CAST(? AS NVARCHAR(MAX))) "
            "WITH (trigram NVARCHAR(6), word NVARCHAR(64)) AS r ON t.trigram = r.trigram COLLATE Latin1_General_BIN2 "
            "AND t.word = r.word COLLATE Latin1_General_BIN2 WHERE t.user_id = ?",
            rows, user_id);
    });
}

}  // namespace

std::set<std::string> terms_of(const NameWords& name, const Passage& passage) {
    std::set<std::string> terms;
    const auto add = [&](const WordList& words, std::string_view signs) {
        for (const std::string_view word : split_words(words)) {
            terms.insert(fmt::format("{}{}", signs, word));
        }
    };
    add(name.words, "");
    add(name.words, name_sign);
    add(name.stems, stem_sign);
    add(name.stems, fmt::format("{}{}", name_sign, stem_sign));
    add(passage.words, "");
    add(passage.stems, stem_sign);
    return terms;
}

const Tables& mssql_tables() {
    static const MssqlTables tables;
    return tables;
}

}  // namespace nassaq::search
