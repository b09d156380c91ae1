#include "search/sqlite_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <stdexcept>
#include <utility>

#include "search/audiences.hpp"
#include "search/tables.hpp"

/// FTS5: a row a passage, whose columns hold folded words. Its id begins with the owner's, so that what one user may
/// see is a range of ids, and FTS5 reads nothing else of however long a list of hits.
namespace nassaq::search {
namespace {

constexpr int sequence_bits = 32;
/// A word takes some twenty microseconds. In names it takes far longer: FTS5 goes on through everybody's texts with
/// that word until it comes to a name.
constexpr std::size_t most_words_anywhere = 500;
constexpr std::size_t most_words_in_names = 50;
constexpr std::size_t most_audiences_at_once = 256;
/// Some ten milliseconds each. FTS5 takes as long for removing a passage as for writing it.
constexpr PieceSizes sqlite_pieces{.words = most_passage_words,
                                   .passages = 64,
                                   .vocabulary_words = 250,
                                   .removed_passages = 1,
                                   .keyed_passages = 64,
                                   .most_words_at_once = 2 * most_passage_words,
                                   .most_vocabulary_words_at_once = 1500};
constexpr std::int64_t most_user_id = (std::int64_t{1} << (63 - sequence_bits)) - 1;

struct IdRange {
    std::int64_t first = 0;
    std::int64_t last = 0;
};

/// Of a user who cannot be there no ids at all.
IdRange ids_of(std::optional<std::int64_t> user_id) {
    if (!user_id) {
        return {.first = 0, .last = INT64_MAX};
    }
    if (*user_id <= 0 || *user_id > most_user_id) {
        return {.first = 1, .last = 0};
    }
    const std::int64_t first = *user_id << sequence_bits;
    return {.first = first, .last = first | ((std::int64_t{1} << sequence_bits) - 1)};
}

/// Downwards, so that the order of the ids, in which FTS5 finds them, has the newest document first.
/// @param lowest  that is taken in the range
std::int64_t first_free_id(const IdRange& range, std::optional<std::int64_t> lowest, std::size_t count) {
    const std::int64_t first = lowest.value_or(range.last + 1) - static_cast<std::int64_t>(count);
    if (first < range.first) {
        throw std::length_error("the search index has no more ids for this user or audience");
    }
    return first;
}

std::int64_t first_free_passage(db::Session& session, std::int64_t user_id, std::size_t count) {
    const IdRange range = ids_of(user_id);
    return first_free_id(
        range,
        session.get<std::optional<std::int64_t>>(
            "SELECT MIN(passage_id) FROM Search_Pages WHERE passage_id BETWEEN ? AND ?", range.first, range.last),
        count);
}

/// An id of the audience's index: the audience, the document, the newest first, and its passages in their order. All
/// that a search sorts by and counts is in it.
constexpr int passage_bits = 15;
constexpr int document_bits = 28;
constexpr int audience_shift = document_bits + passage_bits;
constexpr std::int64_t most_doc_id = (std::int64_t{1} << document_bits) - 1;
constexpr std::int64_t most_audience_id = (std::int64_t{1} << (63 - audience_shift)) - 1;
constexpr std::int64_t passages_of_document = std::int64_t{1} << passage_bits;
constexpr std::int64_t without_audience = (std::int64_t{1} << audience_shift) - 1;

/// Of the passages of one document. Nothing where there are no such ids.
std::optional<IdRange> ids_in_audience(std::int64_t audience_id, std::int64_t doc_id) {
    if (audience_id > most_audience_id || doc_id > most_doc_id) {
        return std::nullopt;
    }
    const std::int64_t first = (audience_id << audience_shift) | ((most_doc_id - doc_id) << passage_bits);
    return IdRange{.first = first, .last = first + passages_of_document - 1};
}

std::optional<std::int64_t> lowest_in_audience(db::Session& session, const IdRange& range) {
    return session.get<std::optional<std::int64_t>>(
        "SELECT MIN(audience_passage_id) FROM Search_Audience_Pages WHERE audience_passage_id BETWEEN ? AND ?",
        range.first, range.last);
}

/// Passages of one document, in its order, before those of it that are there already. Where there are no ids for them
/// the index says from now on that it does not have all.
void put_into_audience(db::Session& transaction, std::int64_t audience_id, std::int64_t doc_id,
                       std::span<const std::int64_t> passage_ids) {
    const auto range = ids_in_audience(audience_id, doc_id);
    const auto count = static_cast<std::int64_t>(passage_ids.size());
    std::int64_t id = range ? lowest_in_audience(transaction, *range).value_or(range->last + 1) - count : 0;
    if (!range || id < range->first) {
        transaction.execute("UPDATE Audience_State SET is_too_full = 1");
        return;
    }
    for (const std::int64_t passage_id : passage_ids) {
        transaction.execute("INSERT INTO Search_Audience_Pages (audience_passage_id, passage_id) VALUES (?, ?)", id++,
                            passage_id);
    }
}

struct PassageOfDocument {
    std::int64_t passage_id = 0;
    std::int64_t doc_id = 0;
};
BOOST_DESCRIBE_STRUCT(PassageOfDocument, (), (passage_id, doc_id))

std::string json_of(std::span<const std::int64_t> ids) {
    return fmt::format("[{}]", fmt::join(ids, ","));
}

std::string_view columns_of(const Condition& leaf) {
    const bool is_stem = leaf.form == Condition::Form::stem;
    if (leaf.scope == Condition::Scope::name) {
        return is_stem ? "name_stems" : "name";
    }
    return is_stem ? "{name_stems stems}" : "{name words}";
}

struct Search {
    IdRange ids;
    Statement statement{};
    std::deque<std::string> texts;  ///< That the parameters have views of.
};

void bind(std::string text, Search& search) {
    search.statement.parameters.emplace_back(search.texts.emplace_back(std::move(text)));
}

std::string within_ids(Search& search) {
    search.statement.parameters.emplace_back(search.ids.first);
    search.statement.parameters.emplace_back(search.ids.last);
    return " AND Search_Index.rowid BETWEEN ? AND ?";
}

std::string match(const Condition& condition, Search& search) {
    bind(to_fts5(condition), search);
    return "Search_Index MATCH ?";
}

bool has_prefix(const Condition& condition) {
    return condition.form == Condition::Form::prefix || std::ranges::any_of(condition.parts, has_prefix);
}

std::string_view operation_in_fts5(Condition::Kind kind) {
    switch (kind) {
        case Condition::Kind::any:
            return " OR ";
        case Condition::Kind::except:
            return " NOT ";
        default:
            return " AND ";
    }
}

std::string_view operation_of(Condition::Kind kind) {
    switch (kind) {
        case Condition::Kind::any:
            return " OR ";
        case Condition::Kind::except:
            return " AND NOT ";
        default:
            return " AND ";
    }
}

/// For a prefix of which there are very many words: FTS5 would gather them from everybody's texts before it comes to
/// the range of ids. Since such a one is in most pages, going through those of the user soon finds as many as are
/// looked for.
std::string to_sql(const Condition& condition, Search& search) {
    if (!has_prefix(condition)) {
        const std::string sql =
            "Search_Index.rowid IN (SELECT rowid FROM Search_Index WHERE " + match(condition, search);
        return sql + within_ids(search) + ")";
    }
    if (condition.kind == Condition::Kind::leaf) {
        // The words are letters and digits: nothing in them means anything to LIKE.
        bind(fmt::format("% {}%", condition.words.front()), search);
        return condition.scope == Condition::Scope::name
                   ? "' ' || Search_Index.name LIKE ?"
                   : "' ' || Search_Index.name || ' ' || Search_Index.words LIKE ?";
    }
    return join_parts(condition.parts, operation_of(condition.kind),
                      [&](const Condition& part) { return to_sql(part, search); });
}

std::vector<std::int64_t> passages_of(db::Session& session, std::int64_t doc_id) {
    return session.query<std::int64_t>("SELECT passage_id FROM Search_Pages WHERE doc_id = ? ORDER BY page, part",
                                       doc_id);
}

void remove_passage(db::Session& transaction, std::int64_t passage_id, bool only_text_leaves_words) {
    transaction.execute(
        "INSERT INTO Search_Leftovers (user_id, words) SELECT s.user_id, i.name || ' ' || i.words FROM Search_Pages s "
        "JOIN Search_Index i ON i.rowid = s.passage_id WHERE s.passage_id = ? AND s.has_text >= ?",
        passage_id, only_text_leaves_words ? 1 : 0);
    transaction.execute("DELETE FROM Search_Pages WHERE passage_id = ?", passage_id);
}

/// Before each word of a name in the audiences' index.
constexpr std::string_view name_mark = "§";

/// As to_fts5(), for the audiences' index.
std::string to_fts5_of_audiences(const Condition& condition) {
    if (condition.kind != Condition::Kind::leaf) {
        return join_parts(condition.parts, operation_in_fts5(condition.kind), to_fts5_of_audiences);
    }
    const bool is_stem = condition.form == Condition::Form::stem;
    const std::string_view behind = condition.form == Condition::Form::prefix ? " *" : "";
    const std::string in_name = fmt::format("{} : \"{}{}\"{}", is_stem ? "name_stems" : "name", name_mark,
                                            fmt::join(condition.words, fmt::format(" {}", name_mark)), behind);
    if (condition.scope == Condition::Scope::name) {
        return in_name;
    }
    return fmt::format("({} : \"{}\"{} OR {})", is_stem ? "stems" : "words", fmt::join(condition.words, " "), behind,
                       in_name);
}

constexpr std::string_view unless_in_audience =
    " AND NOT EXISTS (SELECT 1 FROM Audience_Documents a WHERE a.doc_id = o.doc_id AND a.audience_id IN (SELECT value "
    "FROM json_each(?)))";

/// What sorts an audience's passage, without the audience.
std::string sort_key(std::string_view doc_id) {
    return fmt::format("({} - {}) << {}", most_doc_id, doc_id, passage_bits);
}

/// Without those that cannot have passages here.
std::vector<std::int64_t> in_index(std::vector<std::int64_t> audiences) {
    std::erase_if(audiences, [](std::int64_t audience_id) { return audience_id > most_audience_id; });
    return audiences;
}

/// The passages that a look finds among somebody's own, in audiences, and in single documents, each once, though his
/// own are in audiences, too: what sorts them, and the id of the passage, or of that in the audience.
void append_passages_of_reach(const Condition& condition, const Filter& filter, Search& search) {
    std::string& sql = search.statement.sql;
    const std::string audiences = json_of(in_index(*filter.audiences));
    sql += fmt::format(
        "SELECT {} AS sort_key, o.passage_id, 0 AS audience_passage_id FROM Search_Index CROSS JOIN Search_Pages o "
        "ON o.passage_id = Search_Index.rowid WHERE {}",
        sort_key("o.doc_id"), match(condition, search));
    sql += within_ids(search);
    sql += unless_in_audience;
    bind(audiences, search);
    sql += fmt::format(
        " UNION ALL SELECT Search_Audience_Index.rowid & {0}, 0, Search_Audience_Index.rowid FROM json_each(?) r "
        "CROSS JOIN Search_Audience_Index WHERE Search_Audience_Index MATCH ? AND Search_Audience_Index.rowid BETWEEN "
        "r.value << {1} AND (r.value << {1}) | {0}",
        without_audience, audience_shift);
    bind(audiences, search);
    bind(to_fts5_of_audiences(condition), search);
    if (!filter.reach->documents.empty()) {
        sql += fmt::format(
            " UNION ALL SELECT {}, o.passage_id, 0 FROM Search_Pages o CROSS JOIN Search_Index "
            "ON Search_Index.rowid = o.passage_id WHERE o.doc_id IN (SELECT value FROM json_each(?)) "
            "AND o.user_id <> ? AND Search_Index MATCH ?{}",
            sort_key("o.doc_id"), unless_in_audience);
        bind(json_of(filter.reach->documents), search);
        search.statement.parameters.emplace_back(filter.reach->owner_id);
        bind(to_fts5(condition), search);
        bind(audiences, search);
    }
}

/// The id in Search_Pages of a found passage, `f`.
std::string passage_of_found() {
    return "CASE f.audience_passage_id WHEN 0 THEN f.passage_id ELSE (SELECT p.passage_id FROM Search_Audience_Pages p "
           "WHERE p.audience_passage_id = f.audience_passage_id) END";
}

std::vector<FoundPassage> find_in_audiences(db::Session& session, std::span<const Pass> passes, const Filter& filter,
                                            db::Paging page) {
    const FilterTexts texts(filter, db::Dialect::sqlite);
    const bool reads_pages = filter.path || filter.language || !filter.reach->hidden.empty();
    Search search;
    search.ids = ids_of(filter.reach->owner_id);
    Statement& statement = search.statement;
    for (const Pass& pass : passes) {
        begin_look(statement);
        statement.sql += "SELECT * FROM (SELECT f.sort_key, f.passage_id, f.audience_passage_id, ? AS weight FROM (";
        statement.parameters.emplace_back(pass.weight);
        append_passages_of_reach(pass.condition, filter, search);
        statement.sql += ") f";
        if (reads_pages) {
            statement.sql +=
                fmt::format(" CROSS JOIN Search_Pages s ON s.passage_id = {} WHERE TRUE", passage_of_found());
        }
        if (!filter.reach->hidden.empty()) {
            statement.sql += " AND (s.user_id = ? OR s.doc_id NOT IN (SELECT value FROM json_each(?)))";
            statement.parameters.emplace_back(filter.reach->owner_id);
            bind(json_of(filter.reach->hidden), search);
        }
        append_filter(statement, filter, texts, db::Dialect::sqlite);
        statement.sql += fmt::format(" LIMIT {})", most_candidates);
    }
    statement.parameters.emplace_back(page.limit);
    statement.parameters.emplace_back(page.skip);
    // Only of those on the page it is asked which they are.
    return session.query_with<FoundPassage>(
        fmt::format("SELECT COALESCE({}, 0), f.points, f.total FROM (SELECT sort_key, passage_id, audience_passage_id, "
                    "SUM(weight) AS points, COUNT(*) OVER () AS total FROM ({}) GROUP BY sort_key, passage_id "
                    "ORDER BY points DESC, sort_key, passage_id LIMIT ? OFFSET ?) f "
                    "ORDER BY f.points DESC, f.sort_key, f.passage_id",
                    passage_of_found(), statement.sql),
        statement.parameters);
}

/// A word as it stands in the vocabulary.
Condition contains(std::string_view word) {
    const bool is_of_name = word.starts_with(name_sign);
    Condition condition{.scope = is_of_name ? Condition::Scope::name : Condition::Scope::anywhere};
    condition.words.emplace_back(is_of_name ? word.substr(name_sign.size()) : word);
    return condition;
}

class SqliteTables final : public Tables {
public:
    [[nodiscard]] std::vector<std::string> terms(std::int64_t /*user_id*/, const NameWords& /*name*/,
                                                 const Passage& /*passage*/) const override {
        return {};
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
    [[nodiscard]] const PieceSizes& piece_sizes() const override { return sqlite_pieces; }
    [[nodiscard]] std::size_t most_audiences() const override { return most_audiences_at_once; }
    void set_audience(db::Session& transaction, std::span<const std::int64_t> passage_ids,
                      std::int64_t audience_id) const override;
    [[nodiscard]] bool learns_together() const override { return true; }
    [[nodiscard]] std::size_t most_words(Condition::Scope scope) const override {
        return scope == Condition::Scope::name ? most_words_in_names : most_words_anywhere;
    }
};

void SqliteTables::insert(db::Session& transaction, const Subject& subject, const Piece& piece) const {
    std::int64_t id = first_free_passage(transaction, subject.user_id, piece.passages.size());
    const auto audience_id = transaction.find<std::int64_t>(audience_of_document(), subject.doc_id);
    std::vector<std::int64_t> passage_ids;
    bool is_first = true;
    for (const Passage& passage : piece.passages) {
        transaction.execute(
            "INSERT INTO Search_Pages (passage_id, user_id, doc_id, page, part, has_text, language, content) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            id, subject.user_id, subject.doc_id, passage.page, passage.part, subject.has_text ? 1 : 0,
            language_of(passage), text_to_keep(subject, passage));
        transaction.execute("INSERT INTO Search_Index (rowid, name, name_stems, words, stems) VALUES (?, ?, ?, ?, ?)",
                            id, is_first ? piece.name.words : "", is_first ? piece.name.stems : "", passage.words,
                            passage.stems);
        is_first = false;
        passage_ids.push_back(id++);
    }
    if (audience_id) {
        put_into_audience(transaction, *audience_id, subject.doc_id, passage_ids);
    }
}

/// In the order of the new ids: FTS5 writes what it has so far when a lower one comes.
void SqliteTables::set_audience(db::Session& transaction, std::span<const std::int64_t> passage_ids,
                                std::int64_t audience_id) const {
    const std::string ids = json_of(passage_ids);
    transaction.execute(
        "DELETE FROM Search_Audience_Pages WHERE passage_id IN (SELECT value FROM json_each(?)) "
        "AND audience_passage_id >> ? <> ?",
        ids, std::int64_t{audience_shift}, audience_id);
    if (audience_id == 0) {
        return;
    }
    const auto missing = transaction.query<PassageOfDocument>(
        "SELECT s.passage_id, s.doc_id FROM Search_Pages s WHERE s.passage_id IN (SELECT value FROM json_each(?)) "
        "AND NOT EXISTS (SELECT 1 FROM Search_Audience_Pages a WHERE a.passage_id = s.passage_id) "
        "ORDER BY s.doc_id DESC, s.passage_id",
        ids);
    for (auto first = missing.begin(); first != missing.end();) {
        std::vector<std::int64_t> of_document;
        const std::int64_t doc_id = first->doc_id;
        for (; first != missing.end() && first->doc_id == doc_id; ++first) {
            of_document.push_back(first->passage_id);
        }
        put_into_audience(transaction, audience_id, doc_id, of_document);
    }
}

void SqliteTables::remove(db::Session& transaction, const Removal& removal) const {
    const auto& passages = removal.passage_ids;
    for (const std::int64_t passage_id : passages.empty() ? passages_of(transaction, removal.doc_id) : passages) {
        remove_passage(transaction, passage_id, removal.only_texts_leave_words);
    }
}

std::vector<FoundPassage> SqliteTables::find(db::Session& session, std::span<const Pass> passes, const Filter& filter,
                                             db::Paging page) const {
    if (filter.audiences) {
        return find_in_audiences(session, passes, filter, page);
    }
    const FilterTexts texts(filter, db::Dialect::sqlite);
    Search search;
    search.ids = ids_of(filter.user_id);
    Statement& statement = search.statement;
    for (const Pass& pass : passes) {
        begin_look(statement);
        statement.sql += "SELECT * FROM (SELECT Search_Index.rowid AS passage_id, ? AS weight FROM Search_Index";
        statement.parameters.emplace_back(pass.weight);
        // CROSS JOIN tells SQLite to go by the words first.
        if (filter.language || filter.path || filter.reach) {
            statement.sql += " CROSS JOIN Search_Pages s ON s.passage_id = Search_Index.rowid";
        }
        const bool reads_pages = filter.user_id && has_prefix(pass.condition);
        statement.sql += " WHERE ";
        statement.sql += reads_pages ? to_sql(pass.condition, search) : match(pass.condition, search);
        statement.sql += within_ids(search);
        append_filter(statement, filter, texts, db::Dialect::sqlite);
        statement.sql += fmt::format(" LIMIT {})", most_candidates);
    }
    // The order of the ids has the newest document first (first_free_id()).
    return session.query_page_with<FoundPassage>(
        best_passages(statement.sql, {.key = "passage_id", .order = "passage_id"}), page, statement.parameters);
}

void SqliteTables::add_words(db::Session& transaction, std::int64_t user_id,
                             std::span<const VocabularyWord> words) const {
    for (const VocabularyWord& word : words) {
        if (transaction.execute("INSERT OR IGNORE INTO Search_Vocabulary (user_id, word) VALUES (?, ?)", user_id,
                                word.word) == 0) {
            continue;
        }
        for (const std::string& trigram : word.trigrams) {
            transaction.execute("INSERT OR IGNORE INTO Search_Trigrams (trigram, user_id, word) VALUES (?, ?, ?)",
                                trigram, user_id, word.word);
        }
    }
}

std::vector<std::string> SqliteTables::find_gone_words(db::Session& session, std::int64_t user_id,
                                                       std::span<const std::string> words) const {
    const IdRange ids = ids_of(user_id);
    std::vector<std::string> gone;
    for (const std::string& word : words) {
        const bool is_known = session.get<bool>(
            "SELECT EXISTS (SELECT 1 FROM Search_Vocabulary WHERE user_id = ? AND word = ?)", user_id, word);
        if (is_known && !session.get<bool>("SELECT EXISTS (SELECT 1 FROM Search_Index WHERE Search_Index MATCH ? "
                                           "AND rowid BETWEEN ? AND ?)",
                                           to_fts5(contains(word)), ids.first, ids.last)) {
            gone.push_back(word);
        }
    }
    return gone;
}

void SqliteTables::remove_words(db::Session& transaction, std::int64_t user_id,
                                std::span<const VocabularyWord> words) const {
    for (const VocabularyWord& word : words) {
        transaction.execute("DELETE FROM Search_Vocabulary WHERE user_id = ? AND word = ?", user_id, word.word);
        for (const std::string& trigram : word.trigrams) {
            transaction.execute("DELETE FROM Search_Trigrams WHERE trigram = ? AND user_id = ? AND word = ?", trigram,
                                user_id, word.word);
        }
    }
}

}  // namespace

std::string to_fts5(const Condition& condition) {
    if (condition.kind != Condition::Kind::leaf) {
        return join_parts(condition.parts, operation_in_fts5(condition.kind), to_fts5);
    }
    return fmt::format("{} : \"{}\"{}", columns_of(condition), fmt::join(condition.words, " "),
                       condition.form == Condition::Form::prefix ? " *" : "");
}

const Tables& sqlite_tables() {
    static const SqliteTables tables;
    return tables;
}

}  // namespace nassaq::search
