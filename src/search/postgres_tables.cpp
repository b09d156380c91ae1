#include "search/postgres_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <iterator>
#include <map>
#include <ranges>
#include <set>
#include <span>
#include <string>
#include <utility>

#include "search/audiences.hpp"
#include "search/tables.hpp"

/// A tsvector a passage, and a GIN index over all. The owner is one of its terms, so that the index itself brings
/// together whose a passage is and what is in it.
namespace nassaq::search {
namespace {

constexpr std::string_view owner_sign = "=";
constexpr std::string_view audience_sign = "@";
constexpr PieceSizes postgres_pieces{.words = 32'000,
                                     .passages = 256,
                                     .vocabulary_words = 10'000,
                                     .removed_passages = 64,
                                     .keyed_passages = 256,
                                     .most_words_at_once = 32'000,
                                     .most_vocabulary_words_at_once = 10'000};
/// The index brings together all pages with a word before it is known that there is one: 80 ms for one of a million.
constexpr std::size_t words_looked_for_at_a_time = 100;
/// GIN looks at every one of them for each page: 500 take some 60 ms, 2,300 a second.
constexpr std::size_t most_words_of_a_prefix = 200;
constexpr std::size_t most_audiences_at_once = 64;

std::string owner_term(std::int64_t user_id) {
    return fmt::format("{}{}", owner_sign, user_id);
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
std::string to_array(Texts&& texts) {
    return texts.empty() ? "{}" : fmt::format("{{\"{}\"}}", fmt::join(texts, "\",\""));
}

/// @param audience_id  SQL of it
std::string audience_terms(std::string_view audience_id) {
    return fmt::format("array_to_tsvector(ARRAY['{}' || {}])", audience_sign, audience_id);
}

std::string array_of_ids(std::span<const std::int64_t> ids) {
    return fmt::format("{{{}}}", fmt::join(ids, ","));
}

/// Words, each beside one of its trigrams.
struct TrigramColumns {
    explicit TrigramColumns(std::span<const VocabularyWord> vocabulary) {
        for (const VocabularyWord& word : vocabulary) {
            trigrams.insert(trigrams.end(), word.trigrams.begin(), word.trigrams.end());
            words.resize(trigrams.size(), word.word);
        }
    }

    std::vector<std::string_view> trigrams;
    std::vector<std::string_view> words;
};

std::string array_of(std::span<const VocabularyWord> words) {
    return to_array(words | std::views::transform(&VocabularyWord::word));
}

/// One look into the documents of one user.
void append_look(Statement& statement, std::int64_t weight, const std::string& match, std::int64_t user_id,
                 const Filter& filter, const FilterTexts& texts) {
    statement.sql +=
        "(SELECT s.passage_id, s.doc_id, s.page, s.part, CAST(? AS INTEGER) AS weight FROM Search_Pages s "
        "WHERE s.terms @@ CAST(? AS tsquery) AND s.user_id = ?";
    statement.parameters.insert(statement.parameters.end(), {weight, std::string_view(match), user_id});
    append_filter(statement, filter, texts, db::Dialect::postgres);
    statement.sql += fmt::format(" LIMIT {})", most_candidates);
}

/// A reach as PostgreSQL is told of it.
struct ReachArrays {
    explicit ReachArrays(const access::Reach& reach)
        : owner_id(reach.owner_id),
          folders(array_of_ids(reach.folders)),
          documents(array_of_ids(reach.documents)),
          hidden(array_of_ids(reach.hidden)) {}

    std::int64_t owner_id;
    std::string folders;
    std::string documents;
    std::string hidden;
};

/// Whose passages, or those of which audiences.
std::string reader_of(const access::Reach& reach, std::span<const std::int64_t> audiences) {
    std::string terms = fmt::format("'{}'", owner_term(reach.owner_id));
    for (const std::int64_t audience_id : audiences) {
        terms += fmt::format(" | '{}{}'", audience_sign, audience_id);
    }
    return terms;
}

/// One look into what somebody may read: his own passages and those of audiences, but for documents that are hidden
/// from him, and those of single documents.
void append_look_into_audiences(Statement& statement, std::int64_t weight, const std::string& match,
                                const std::string& condition, const Filter& filter, const FilterTexts& texts,
                                const ReachArrays& reach) {
    statement.sql +=
        "(SELECT s.passage_id, s.doc_id, s.page, s.part, CAST(? AS INTEGER) AS weight FROM (SELECT passage_id, doc_id, "
        "page, part, "
        "language FROM Search_Pages "
        "WHERE terms @@ CAST(? AS tsquery)";
    statement.parameters.insert(statement.parameters.end(), {weight, std::string_view(match)});
    if (!filter.reach->hidden.empty()) {
        statement.sql += " AND (user_id = ? OR doc_id <> ALL (CAST(? AS BIGINT[])))";
        statement.parameters.insert(statement.parameters.end(), {reach.owner_id, std::string_view(reach.hidden)});
    }
    if (!filter.reach->documents.empty()) {
        statement.sql +=
            " UNION SELECT passage_id, doc_id, page, part, language FROM Search_Pages WHERE doc_id = ANY (CAST(? AS "
            "BIGINT[])) AND terms @@ CAST(? AS "
            "tsquery)";
        statement.parameters.insert(statement.parameters.end(),
                                    {std::string_view(reach.documents), std::string_view(condition)});
    }
    statement.sql += ") s WHERE TRUE";
    append_filter(statement, filter, texts, db::Dialect::postgres);
    statement.sql += fmt::format(" LIMIT {})", most_candidates);
}

/// The same for everybody's documents, or for those of a reach.
void append_look_at_everybody(Statement& statement, std::int64_t weight, const std::string& match, const Filter& filter,
                              const FilterTexts& texts, const ReachArrays* reach) {
    statement.sql += fmt::format(
        "SELECT s.passage_id, s.doc_id, s.page, s.part, CAST(? AS INTEGER) AS weight FROM {}(CAST(? AS tsquery), "
        "CAST(? AS VARCHAR), CAST(? AS VARCHAR), CAST(? AS VARCHAR), CAST(? AS VARCHAR), CAST(? AS BIGINT){}) s",
        reach == nullptr ? "passages_of_everybody" : "passages_of_reach",
        reach == nullptr ? "" : ", CAST(? AS BIGINT), CAST(? AS BIGINT[]), CAST(? AS BIGINT[]), CAST(? AS BIGINT[])");
    statement.parameters.insert(
        statement.parameters.end(),
        {weight, std::string_view(match), or_null(filter.language), or_null(filter.path),
         std::string_view(texts.first_below_path), std::string_view(texts.behind_path), most_candidates});
    if (reach != nullptr) {
        statement.parameters.insert(statement.parameters.end(),
                                    {reach->owner_id, std::string_view(reach->folders),
                                     std::string_view(reach->documents), std::string_view(reach->hidden)});
    }
}

class PostgresTables final : public Tables {
public:
    [[nodiscard]] std::vector<std::string> terms(std::int64_t user_id, const NameWords& name,
                                                 const Passage& passage) const override {
        return {to_tsvector(user_id, name, passage)};
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
    [[nodiscard]] const PieceSizes& piece_sizes() const override { return postgres_pieces; }
    [[nodiscard]] std::size_t most_audiences() const override { return most_audiences_at_once; }
    void set_audience(db::Session& transaction, std::span<const std::int64_t> passage_ids,
                      std::int64_t audience_id) const override;
    std::string mark_of_transaction(db::Session& transaction) const override;
    [[nodiscard]] bool are_earlier_ones_over(db::Session& session, const std::string& mark) const override;
    [[nodiscard]] bool learns_together() const override { return true; }
    [[nodiscard]] std::size_t most_words(Condition::Scope /*scope*/) const override { return most_words_of_a_prefix; }
};

void PostgresTables::insert(db::Session& transaction, const Subject& subject, const Piece& piece) const {
    boost::json::array rows;
    for (std::size_t i = 0; i < piece.passages.size(); ++i) {
        const Passage& passage = piece.passages[i];
        rows.push_back({{"page", passage.page},
                        {"part", passage.part},
                        {"language", to_json(language_of(passage))},
                        {"content", to_json(text_to_keep(subject, passage))},
                        {"terms", piece.terms.at(i).front()}});
    }
    transaction.execute_later(
        fmt::format(
            "INSERT INTO Search_Pages (user_id, doc_id, page, part, has_text, language, content, audience_id, terms) "
            "SELECT CAST(? AS INTEGER), CAST(? AS BIGINT), p.page, p.part, CAST(? AS INTEGER), p.language, p.content, "
            "a.audience_id, CASE WHEN a.audience_id IS NULL THEN p.terms ELSE p.terms || {} END "
            "FROM json_to_recordset(CAST(? AS json)) "
            "AS p (page INTEGER, part INTEGER, language TEXT, content TEXT, terms tsvector) "
            "CROSS JOIN (SELECT ({}) AS audience_id) a",
            audience_terms("a.audience_id"), audience_of_document()),
        subject.user_id, subject.doc_id, subject.has_text ? 1 : 0, boost::json::serialize(rows), subject.doc_id);
}

void PostgresTables::set_audience(db::Session& transaction, std::span<const std::int64_t> passage_ids,
                                  std::int64_t audience_id) const {
    const std::string bare = fmt::format(
        "CASE WHEN audience_id IS NULL THEN terms ELSE ts_delete(terms, '{}' || audience_id) END", audience_sign);
    const std::string sql = fmt::format(
        "UPDATE Search_Pages SET audience_id = NULLIF(CAST(? AS BIGINT), 0), terms = {} || {} "
        "WHERE passage_id = ANY (CAST(? AS BIGINT[])) "
        "AND audience_id IS DISTINCT FROM NULLIF(CAST(? AS BIGINT), 0)",
        bare, audience_id == 0 ? "''" : audience_terms("CAST(? AS BIGINT)"));
    const std::string ids = array_of_ids(passage_ids);
    if (audience_id == 0) {
        transaction.execute(sql, audience_id, ids, audience_id);
    } else {
        transaction.execute(sql, audience_id, audience_id, ids, audience_id);
    }
}

std::string PostgresTables::mark_of_transaction(db::Session& transaction) const {
    return transaction.get<std::string>("SELECT CAST(pg_current_xact_id() AS TEXT)");
}

/// Of those that only read PostgreSQL takes no notice here.
bool PostgresTables::are_earlier_ones_over(db::Session& session, const std::string& mark) const {
    return session.get<bool>("SELECT pg_snapshot_xmin(pg_current_snapshot()) > CAST(CAST(? AS TEXT) AS xid8)", mark);
}

/// All in one statement, as each is a round trip.
void PostgresTables::remove(db::Session& transaction, const Removal& removal) const {
    const auto remove = [&](std::string_view condition, const auto& value) {
        transaction.execute(
            fmt::format("WITH gone AS (DELETE FROM Search_Pages WHERE {} RETURNING user_id, has_text, terms) "
                        "INSERT INTO Search_Leftovers (user_id, words) "
                        "SELECT user_id, array_to_string(tsvector_to_array(terms), ' ') FROM gone WHERE has_text >= ?",
                        condition),
            value, removal.only_texts_leave_words ? 1 : 0);
    };
    if (removal.passage_ids.empty()) {
        remove("doc_id = ?", removal.doc_id);
    } else {
        remove("passage_id = ANY (CAST(? AS BIGINT[]))", array_of_ids(removal.passage_ids));
    }
}

std::vector<FoundPassage> PostgresTables::find(db::Session& session, std::span<const Pass> passes, const Filter& filter,
                                               db::Paging page) const {
    const FilterTexts texts(filter, db::Dialect::postgres);
    const auto reach = filter.reach ? std::optional<ReachArrays>(*filter.reach) : std::nullopt;
    std::vector<std::string> matches;
    matches.reserve(2 * passes.size());
    Statement statement;
    for (const Pass& pass : passes) {
        begin_look(statement);
        if (filter.user_id) {
            matches.push_back(fmt::format("'{}' & {}", owner_term(*filter.user_id), to_tsquery(pass.condition)));
            append_look(statement, pass.weight, matches.back(), *filter.user_id, filter, texts);
        } else if (filter.audiences) {
            const std::string& condition = matches.emplace_back(to_tsquery(pass.condition));
            const std::string& match =
                matches.emplace_back(fmt::format("({}) & {}", reader_of(*filter.reach, *filter.audiences), condition));
            append_look_into_audiences(statement, pass.weight, match, condition, filter, texts, *reach);
        } else {
            matches.push_back(to_tsquery(pass.condition));
            append_look_at_everybody(statement, pass.weight, matches.back(), filter, texts, reach ? &*reach : nullptr);
        }
    }
    return session.query_page_with<FoundPassage>(best_passages(statement.sql, newest_documents_first), page,
                                                 statement.parameters);
}

/// Another transaction may add the same word at the same time; since both go by the alphabet, they never wait for each
/// other in a circle.
void PostgresTables::add_words(db::Session& transaction, std::int64_t user_id,
                               std::span<const VocabularyWord> words) const {
    const TrigramColumns columns(words);
    transaction.execute(
        "WITH added AS (INSERT INTO Search_Vocabulary (user_id, word) SELECT CAST(? AS INTEGER), w.word "
        "FROM unnest(CAST(? AS text[])) WITH ORDINALITY AS w (word, place) ORDER BY w.place "
        "ON CONFLICT DO NOTHING RETURNING user_id, word) "
        "INSERT INTO Search_Trigrams (trigram, user_id, word) SELECT t.trigram, added.user_id, added.word "
        "FROM unnest(CAST(? AS text[]), CAST(? AS text[])) AS t (trigram, word) JOIN added ON added.word = t.word "
        "ON CONFLICT DO NOTHING",
        user_id, array_of(words), to_array(columns.trigrams), to_array(columns.words));
}

/// A word of the vocabulary is the term that it is found by.
std::vector<std::string> PostgresTables::find_gone_words(db::Session& session, std::int64_t user_id,
                                                         std::span<const std::string> words) const {
    std::vector<std::string> gone;
    while (!words.empty()) {
        const auto some = words.first(std::min(words_looked_for_at_a_time, words.size()));
        std::ranges::move(session.query<std::string>(
                              "SELECT v.word FROM unnest(CAST(? AS text[])) AS w (word) "
                              "JOIN Search_Vocabulary v ON v.user_id = ? AND v.word = w.word "
                              "WHERE NOT EXISTS (SELECT 1 FROM Search_Pages s "
                              "WHERE s.terms @@ CAST('''=' || v.user_id || ''' & ''' || v.word || '''' AS tsquery))",
                              to_array(some), user_id),
                          std::back_inserter(gone));
        words = words.subspan(some.size());
    }
    return gone;
}

void PostgresTables::remove_words(db::Session& transaction, std::int64_t user_id,
                                  std::span<const VocabularyWord> words) const {
    const TrigramColumns columns(words);
    transaction.execute("DELETE FROM Search_Vocabulary WHERE user_id = ? AND word = ANY (CAST(? AS text[]))", user_id,
                        array_of(words));
    transaction.execute(
        "DELETE FROM Search_Trigrams t USING unnest(CAST(? AS text[]), CAST(? AS text[])) AS g (trigram, word) "
        "WHERE t.trigram = g.trigram AND t.user_id = ? AND t.word = g.word",
        to_array(columns.trigrams), to_array(columns.words), user_id);
}

}  // namespace

std::string to_tsquery(const Condition& condition) {
    switch (condition.kind) {
        case Condition::Kind::all:
            return join_parts(condition.parts, " & ", to_tsquery);
        case Condition::Kind::any:
            return join_parts(condition.parts, " | ", to_tsquery);
        case Condition::Kind::except:
            return join_parts(condition.parts, " & !", to_tsquery);
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
