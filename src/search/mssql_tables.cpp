#include "search/mssql_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "db/dialect.hpp"

/// A table of terms that begins with the term and the owner, for a B-tree is what every SQL Server has. Phrases are
/// looked for in the words of the passages that have their first words.
namespace nassaq::search {
namespace {

/// Rows of one INSERT. Few different numbers, so that there are few statements to prepare.
constexpr std::array<std::size_t, 3> batch_sizes{100, 10, 1};
constexpr std::size_t phrase_words_by_index = 2;

std::string join_transact_sql(const std::vector<Condition>& parts, std::string_view operation,
                              std::vector<std::string>& texts) {
    std::string sql;
    for (const Condition& part : parts) {
        sql += sql.empty() ? "(" : operation;
        sql += to_transact_sql(part, texts);
    }
    return sql + ")";
}

std::string has_term(std::string_view comparison) {
    return fmt::format(
        "EXISTS (SELECT 1 FROM Search_Words w WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND {})",
        comparison);
}

std::string leaf_to_transact_sql(const Condition& leaf, std::vector<std::string>& texts) {
    if (leaf.form == Condition::Form::prefix) {
        std::string first = term_of(leaf, leaf.words.front());
        texts.push_back(first);
        texts.push_back(first.append(db::last_character(db::Dialect::mssql)));
        return has_term("w.term >= ? AND w.term < ?");
    }
    const std::size_t count = std::min(leaf.words.size(), phrase_words_by_index);
    std::string sql;
    for (std::size_t i = 0; i < count; ++i) {
        texts.push_back(term_of(leaf, leaf.words[i]));
        sql += sql.empty() ? "" : " AND ";
        sql += has_term("w.term = ?");
    }
    if (leaf.words.size() == 1) {
        return sql;
    }
    // The words are letters and digits: nothing in them means anything to LIKE.
    texts.push_back(fmt::format("% {} %", fmt::join(leaf.words, " ")));
    return fmt::format("({} AND {} LIKE ?)", sql, leaf.scope == Condition::Scope::name ? "s.name_words" : "s.words");
}

/// Rows of values, given one after the other, in as few statements as can be.
void insert_rows(db::Session& transaction, std::string_view into, std::size_t columns,
                 const std::vector<db::Parameter>& values) {
    std::string row = "(?";
    for (std::size_t i = 1; i < columns; ++i) {
        row += ", ?";
    }
    row += ")";
    std::span<const db::Parameter> rest(values);
    for (const std::size_t size : batch_sizes) {
        std::string sql = fmt::format("INSERT INTO {} VALUES {}", into, row);
        for (std::size_t i = 1; i < size; ++i) {
            sql.append(", ").append(row);
        }
        while (rest.size() >= size * columns) {
            transaction.execute_with(sql, rest.first(size * columns));
            rest = rest.subspan(size * columns);
        }
    }
}

/// With a sign between name and text, so that no phrase begins in the one and ends in the other.
std::string searchable_words(const NameWords& name, const Passage& passage) {
    return fmt::format(" {} | {} ", name.words, passage.words);
}

/// A word whose first trigram is there has all of them: it may be from before there was a vocabulary.
bool is_new(db::Session& session, std::int64_t user_id, const VocabularyWord& word) {
    return !word.trigrams.empty() &&
           !session
                .find<std::int64_t>(
                    "SELECT user_id FROM Search_Trigrams WHERE trigram = ? AND user_id = ? AND word = ?",
                    word.trigrams.front(), user_id, word.word)
                .has_value();
}

class MssqlTables final : public Tables {
public:
    [[nodiscard]] std::vector<std::string> terms(std::int64_t /*user_id*/, const NameWords& name,
                                                 const Passage& passage) const override {
        const std::set<std::string> terms = terms_of(name, passage);
        return {terms.begin(), terms.end()};
    }
    void insert(db::Session& transaction, const Subject& subject, const Piece& piece) const override;
    void leave_words(db::Session& transaction, std::int64_t passage_id) const override;
    std::vector<FoundPassage> find(db::Session& session, const std::vector<Pass>& passes, const Filter& filter,
                                   db::Paging page) const override;
    void add_words(db::Session& transaction, std::int64_t user_id,
                   std::span<const VocabularyWord> words) const override;
    /// There is no inserting of what is not there yet that two can do at once.
    [[nodiscard]] bool learns_together() const override { return false; }
    /// A prefix is a range of its B-tree. Only that there is no such word is worth knowing.
    [[nodiscard]] std::size_t most_words(Condition::Scope /*scope*/) const override { return 0; }
};

void MssqlTables::insert(db::Session& transaction, const Subject& subject, const Piece& piece) const {
    NameWords name = piece.name;
    for (std::size_t i = 0; i < piece.passages.size(); ++i) {
        const Passage& passage = piece.passages[i];
        const std::int64_t id = transaction.insert("Search_Pages", "passage_id",
                                                   {{"user_id", subject.user_id},
                                                    {"doc_id", subject.doc_id},
                                                    {"page", passage.page},
                                                    {"part", passage.part},
                                                    {"has_text", subject.has_text ? 1 : 0},
                                                    {"language", language_of(passage)},
                                                    {"content", text_to_keep(subject, passage)},
                                                    {"name_words", " " + name.words + " "},
                                                    {"words", searchable_words(name, passage)}});
        std::vector<db::Parameter> values;
        for (const std::string& term : piece.terms.at(i)) {
            values.emplace_back(term);
            values.emplace_back(subject.user_id);
            values.emplace_back(id);
        }
        insert_rows(transaction, "Search_Words (term, user_id, passage_id)", 3, values);
        name = {};
    }
}

void MssqlTables::leave_words(db::Session& transaction, std::int64_t passage_id) const {
    transaction.execute(
        "INSERT INTO Search_Leftovers (user_id, words) SELECT user_id, words FROM Search_Pages WHERE passage_id = ?",
        passage_id);
}

std::vector<FoundPassage> MssqlTables::find(db::Session& session, const std::vector<Pass>& passes, const Filter& filter,
                                            db::Paging page) const {
    const PathRange path(filter.path);
    const TransactSqlSearch search = to_transact_sql(passes, filter, path);
    return session.query_page_with<FoundPassage>(search.statement.sql, page, search.statement.parameters);
}

void MssqlTables::add_words(db::Session& transaction, std::int64_t user_id,
                            std::span<const VocabularyWord> words) const {
    std::vector<db::Parameter> values;
    for (const VocabularyWord& word : words) {
        const std::int64_t added = transaction.execute(
            "INSERT INTO Search_Vocabulary (user_id, word) SELECT ?, ? WHERE NOT EXISTS "
            "(SELECT 1 FROM Search_Vocabulary WHERE user_id = ? AND word = ?)",
            user_id, word.word, user_id, word.word);
        if (added == 0 || !is_new(transaction, user_id, word)) {
            continue;
        }
        for (const std::string& trigram : word.trigrams) {
            values.emplace_back(trigram);
            values.emplace_back(user_id);
            values.emplace_back(word.word);
        }
    }
    insert_rows(transaction, "Search_Trigrams (trigram, user_id, word)", 3, values);
}

}  // namespace

std::string to_transact_sql(const Condition& condition, std::vector<std::string>& texts) {
    switch (condition.kind) {
        case Condition::Kind::all:
            return join_transact_sql(condition.parts, " AND ", texts);
        case Condition::Kind::any:
            return join_transact_sql(condition.parts, " OR ", texts);
        case Condition::Kind::except:
            return join_transact_sql(condition.parts, " AND NOT ", texts);
        case Condition::Kind::leaf:
            break;
    }
    return leaf_to_transact_sql(condition, texts);
}

TransactSqlSearch to_transact_sql(const std::vector<Pass>& passes, const Filter& filter, const PathRange& path) {
    TransactSqlSearch search;
    Statement& looks = search.statement;
    for (const Pass& pass : passes) {
        looks.sql += looks.sql.empty() ? "" : " UNION ALL ";
        looks.sql += fmt::format(
            "SELECT TOP ({}) s.passage_id, s.doc_id, s.page, s.part, ? AS weight FROM Search_Pages s WHERE ",
            most_candidates);
        looks.parameters.emplace_back(pass.weight);
        std::vector<std::string> texts;
        looks.sql += to_transact_sql(pass.condition, texts);
        for (std::string& text : texts) {
            looks.parameters.emplace_back(search.texts.emplace_back(std::move(text)));
        }
        if (filter.user_id) {
            looks.sql += " AND s.user_id = ?";
            looks.parameters.emplace_back(*filter.user_id);
        }
        append_filter(looks, filter, path, db::Dialect::mssql);
    }
    looks.sql = fmt::format(
        "SELECT passage_id, SUM(weight), COUNT(*) OVER () FROM ({}) AS found "
        "GROUP BY passage_id, doc_id, page, part ORDER BY SUM(weight) DESC, doc_id DESC, page, part",
        looks.sql);
    return search;
}

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
