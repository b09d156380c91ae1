#include "search/postgres_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <set>
#include <span>
#include <string>
#include <utility>

#include "search/tables.hpp"

/// A tsvector a passage, and a GIN index over all. The owner is one of its terms, so that the index itself brings
/// together whose a passage is and what is in it.
namespace nassaq::search {
namespace {

constexpr std::string_view owner_sign = "=";
/// Words that PostgreSQL is told at a time.
constexpr std::size_t words_at_a_time = 1000;
/// GIN looks at every one of them for each page: 500 take some 60 ms, 2,300 a second.
constexpr std::size_t most_words_of_a_prefix = 200;

std::string owner_term(std::int64_t user_id) {
    return fmt::format("{}{}", owner_sign, user_id);
}

std::string join_tsquery(const std::vector<Condition>& parts, std::string_view operation) {
    std::string text;
    for (const Condition& part : parts) {
        text += text.empty() ? "(" : operation;
        text += to_tsquery(part);
    }
    return text + ")";
}

/// Where each term stands; nowhere for what has no position.
using Positions = std::map<std::string, std::vector<std::size_t>>;

std::string write(const Positions& positions) {
    std::string text;
    for (const auto& [term, places] : positions) {
        text += fmt::format("'{}'", term);
        if (!places.empty()) {
            text += fmt::format(":{}", fmt::join(places, ","));
        }
        text += ' ';
    }
    return text;
}

/// An array as PostgreSQL reads it (its manual, 8.15.2). The words are letters only.
template <class Texts>
std::string to_array(const Texts& texts) {
    return texts.empty() ? "{}" : fmt::format("{{\"{}\"}}", fmt::join(texts, "\",\""));
}

/// Calls `work` with no more words at a time than one statement is to take.
void by_portions(std::span<const VocabularyWord> rest,
                 const std::function<void(std::span<const VocabularyWord>)>& work) {
    while (!rest.empty()) {
        const std::size_t count = std::min(words_at_a_time, rest.size());
        work(rest.first(count));
        rest = rest.subspan(count);
    }
}

class PostgresTables final : public Tables {
public:
    [[nodiscard]] std::vector<std::string> terms(std::int64_t user_id, const NameWords& name,
                                                 const Passage& passage) const override {
        return {to_tsvector(user_id, name, passage)};
    }
    void insert(db::Session& transaction, const Subject& subject, const Piece& piece) const override;
    void leave_words(db::Session& transaction, std::int64_t passage_id) const override;
    std::vector<FoundPassage> find(db::Session& session, const std::vector<Pass>& passes, const Filter& filter,
                                   db::Paging page) const override;
    void add_words(db::Session& transaction, std::int64_t user_id,
                   std::span<const VocabularyWord> words) const override;
    [[nodiscard]] bool learns_together() const override { return true; }
    [[nodiscard]] std::size_t most_words(Condition::Scope /*scope*/) const override { return most_words_of_a_prefix; }
};

void PostgresTables::insert(db::Session& transaction, const Subject& subject, const Piece& piece) const {
    for (std::size_t i = 0; i < piece.passages.size(); ++i) {
        const Passage& passage = piece.passages[i];
        transaction.execute(
            "INSERT INTO Search_Pages (user_id, doc_id, page, part, has_text, language, content, terms) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, CAST(? AS tsvector))",
            subject.user_id, subject.doc_id, passage.page, passage.part, subject.has_text ? 1 : 0, language_of(passage),
            text_to_keep(subject, passage), piece.terms.at(i).front());
    }
}

void PostgresTables::leave_words(db::Session& transaction, std::int64_t passage_id) const {
    transaction.execute(
        "INSERT INTO Search_Leftovers (user_id, words) "
        "SELECT user_id, array_to_string(tsvector_to_array(terms), ' ') FROM Search_Pages WHERE passage_id = ?",
        passage_id);
}

std::vector<FoundPassage> PostgresTables::find(db::Session& session, const std::vector<Pass>& passes,
                                               const Filter& filter, db::Paging page) const {
    const PathRange path(filter.path);
    std::vector<std::string> matches;
    matches.reserve(passes.size());
    Statement statement;
    for (const Pass& pass : passes) {
        std::string match = to_tsquery(pass.condition);
        matches.push_back(filter.user_id ? fmt::format("'{}' & {}", owner_term(*filter.user_id), match)
                                         : std::move(match));
        statement.sql += statement.sql.empty() ? "" : " UNION ALL ";
        statement.sql +=
            "(SELECT s.passage_id, s.doc_id, s.page, s.part, CAST(? AS INTEGER) AS weight FROM Search_Pages s "
            "WHERE s.terms @@ CAST(? AS tsquery)";
        statement.parameters.emplace_back(pass.weight);
        statement.parameters.emplace_back(matches.back());
        if (filter.user_id) {
            statement.sql += " AND s.user_id = ?";
            statement.parameters.emplace_back(*filter.user_id);
        }
        append_filter(statement, filter, path, db::Dialect::postgres);
        statement.sql += fmt::format(" LIMIT {})", most_candidates);
    }
    return session.query_page_with<FoundPassage>(
        fmt::format("SELECT passage_id, SUM(weight), COUNT(*) OVER () FROM ({}) AS found "
                    "GROUP BY passage_id, doc_id, page, part ORDER BY SUM(weight) DESC, doc_id DESC, page, part",
                    statement.sql),
        page, statement.parameters);
}

/// Another transaction may add the same word at the same time; since both go by the alphabet, they never wait for each
/// other in a circle.
void PostgresTables::add_words(db::Session& transaction, std::int64_t user_id,
                               std::span<const VocabularyWord> words) const {
    by_portions(words, [&](std::span<const VocabularyWord> some) {
        std::vector<std::string_view> texts;
        std::ranges::transform(some, std::back_inserter(texts), &VocabularyWord::word);
        const auto rows = transaction.query<std::string>(
            "INSERT INTO Search_Vocabulary (user_id, word) SELECT CAST(? AS BIGINT), w.word "
            "FROM unnest(CAST(? AS text[])) WITH ORDINALITY AS w (word, place) ORDER BY w.place "
            "ON CONFLICT DO NOTHING RETURNING word",
            user_id, to_array(texts));
        const std::set<std::string_view> added(rows.begin(), rows.end());
        std::vector<std::string_view> trigrams;
        std::vector<std::string_view> their_words;
        for (const VocabularyWord& word : some) {
            if (added.contains(word.word)) {
                trigrams.insert(trigrams.end(), word.trigrams.begin(), word.trigrams.end());
                their_words.resize(trigrams.size(), word.word);
            }
        }
        transaction.execute(
            "INSERT INTO Search_Trigrams (trigram, user_id, word) SELECT w.trigram, CAST(? AS BIGINT), w.word "
            "FROM unnest(CAST(? AS text[]), CAST(? AS text[])) AS w (trigram, word) ON CONFLICT DO NOTHING",
            user_id, to_array(trigrams), to_array(their_words));
    });
}

}  // namespace

std::string to_tsquery(const Condition& condition) {
    switch (condition.kind) {
        case Condition::Kind::all:
            return join_tsquery(condition.parts, " & ");
        case Condition::Kind::any:
            return join_tsquery(condition.parts, " | ");
        case Condition::Kind::except:
            return join_tsquery(condition.parts, " & !");
        case Condition::Kind::leaf:
            break;
    }
    std::string text;
    for (const std::string& word : condition.words) {
        text += text.empty() ? "(" : " <-> ";
        text += fmt::format("'{}'{}", term_of(condition, word), condition.form == Condition::Form::prefix ? ":*" : "");
    }
    return text + ")";
}

std::string to_tsvector(std::int64_t user_id, const NameWords& name, const Passage& passage) {
    Positions positions{{owner_term(user_id), {}}};
    std::size_t place = 0;
    for (const std::string_view word : split_words(name.words)) {
        ++place;
        positions[std::string(word)].push_back(place);
        positions[fmt::format("{}{}", name_sign, word)].push_back(place);
    }
    for (const std::string_view stem : split_words(name.stems)) {
        positions[fmt::format("{}{}", stem_sign, stem)];
        positions[fmt::format("{}{}{}", name_sign, stem_sign, stem)];
    }
    // A phrase must not begin in the name and end in the text.
    ++place;
    for (const std::string_view word : split_words(passage.words)) {
        positions[std::string(word)].push_back(++place);
    }
    for (const std::string_view stem : split_words(passage.stems)) {
        positions[fmt::format("{}{}", stem_sign, stem)];
    }
    return write(positions);
}

const Tables& postgres_tables() {
    static const PostgresTables tables;
    return tables;
}

}  // namespace nassaq::search
