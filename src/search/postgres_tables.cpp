#include "search/postgres_tables.hpp"

#include <fmt/format.h>

#include <iterator>
#include <map>
#include <string>
#include <utility>

#include "search/similar.hpp"
#include "search/tables.hpp"

/// A tsvector a passage, and a GIN index over all. The owner is one of its terms, so that the index itself brings
/// together whose a passage is and what is in it.
namespace nassaq::search {
namespace {

constexpr std::string_view owner_sign = "=";
/// Words that PostgreSQL is told at a time.
constexpr std::size_t words_at_a_time = 1000;

std::string owner_term(std::int64_t user_id) {
    return fmt::format("{}{}", owner_sign, user_id);
}

std::string join(const std::vector<Condition>& parts, std::string_view operation) {
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

std::vector<std::string> unknown_words(db::Session& session, std::int64_t user_id,
                                       const std::vector<std::string>& words) {
    std::vector<std::string> first_trigrams;
    for (const std::string& word : words) {
        first_trigrams.push_back(trigrams_of(word).front());
    }
    return session.query<std::string>(
        "SELECT w.word FROM unnest(CAST(? AS text[]), CAST(? AS text[])) WITH ORDINALITY AS w (trigram, word, place) "
        "WHERE NOT EXISTS (SELECT 1 FROM Search_Trigrams t WHERE t.trigram = w.trigram AND t.user_id = CAST(? AS "
        "BIGINT) "
        "AND t.word = w.word) ORDER BY w.place",
        to_array(first_trigrams), to_array(words), user_id);
}

void learn_some(db::Session& transaction, std::int64_t user_id, const std::vector<std::string>& words) {
    std::vector<std::string> trigrams;
    std::vector<std::string> their_words;
    for (const std::string& word : unknown_words(transaction, user_id, words)) {
        for (std::string& trigram : trigrams_of(word)) {
            trigrams.push_back(std::move(trigram));
            their_words.push_back(word);
        }
    }
    if (trigrams.empty()) {
        return;
    }
    transaction.execute(
        "INSERT INTO Search_Trigrams (trigram, user_id, word) SELECT w.trigram, CAST(? AS BIGINT), w.word "
        "FROM unnest(CAST(? AS text[]), CAST(? AS text[])) AS w (trigram, word) ON CONFLICT DO NOTHING",
        user_id, to_array(trigrams), to_array(their_words));
}

class PostgresTables final : public Tables {
public:
    void insert(db::Session& transaction, const Subject& subject, const std::vector<Passage>& passages) const override;
    std::vector<FoundPassage> find(db::Session& session, const std::vector<Pass>& passes, const Filter& filter,
                                   db::Paging page) const override;
    void learn(db::Session& transaction, std::int64_t user_id, const std::vector<std::string>& words) const override;
};

void PostgresTables::insert(db::Session& transaction, const Subject& subject,
                            const std::vector<Passage>& passages) const {
    NameWords name = name_words(subject.filename);
    for (const Passage& passage : passages) {
        transaction.execute(
            "INSERT INTO Search_Pages (user_id, doc_id, page, part, has_text, language, content, terms) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, CAST(? AS tsvector))",
            subject.user_id, subject.doc_id, passage.page, passage.part, subject.has_text ? 1 : 0, language_of(passage),
            text_to_keep(subject, passage), to_tsvector(subject.user_id, name, passage));
        name = {};
    }
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
        statement.sql += fmt::format(
            "(SELECT s.passage_id, s.doc_id, s.page, s.part, {} AS weight FROM Search_Pages s "
            "WHERE s.terms @@ CAST(? AS tsquery)",
            pass.weight);
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

/// Another transaction may learn the same word at the same time; since both go by the alphabet, they never wait for
/// each other in a circle.
void PostgresTables::learn(db::Session& transaction, std::int64_t user_id,
                           const std::vector<std::string>& words) const {
    for (std::size_t begin = 0; begin < words.size(); begin += words_at_a_time) {
        const auto first = words.begin() + static_cast<std::ptrdiff_t>(begin);
        const auto count = std::min(words_at_a_time, words.size() - begin);
        learn_some(transaction, user_id, {first, first + static_cast<std::ptrdiff_t>(count)});
    }
}

}  // namespace

std::string to_tsquery(const Condition& condition) {
    switch (condition.kind) {
        case Condition::Kind::all:
            return join(condition.parts, " & ");
        case Condition::Kind::any:
            return join(condition.parts, " | ");
        case Condition::Kind::except:
            return join(condition.parts, " & !");
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
