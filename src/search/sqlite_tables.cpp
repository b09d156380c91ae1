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

/// An id there begins with the audience's, as one of a passage does with the owner's.
std::int64_t first_free_in_audience(db::Session& session, std::int64_t audience_id, std::size_t count) {
    const IdRange range = ids_of(audience_id);
    return first_free_id(range,
                         session.get<std::optional<std::int64_t>>(
                             "SELECT MIN(audience_passage_id) FROM Search_Audience_Pages WHERE audience_passage_id "
                             "BETWEEN ? AND ?",
                             range.first, range.last),
                         count);
}

void put_into_audience(db::Session& transaction, std::int64_t passage_id, std::int64_t id) {
    transaction.execute(
        "INSERT INTO Search_Audience_Pages (audience_passage_id, passage_id, doc_id) "
        "SELECT CAST(? AS INTEGER), passage_id, doc_id FROM Search_Pages WHERE passage_id = ?",
        id, passage_id);
    transaction.execute(
        "INSERT INTO Search_Audience_Index (rowid, name, name_stems, words, stems) "
        "SELECT CAST(? AS INTEGER), name, name_stems, words, stems FROM Search_Index WHERE rowid = ?",
        id, passage_id);
}

/// As the trigger of migration 40 does for a passage that goes.
void take_out_of_audience(db::Session& transaction, std::int64_t passage_id) {
    transaction.execute(
        "INSERT INTO Search_Audience_Index (Search_Audience_Index, rowid, name, name_stems, words, stems) "
        "SELECT 'delete', p.audience_passage_id, i.name, i.name_stems, i.words, i.stems FROM Search_Audience_Pages p "
        "JOIN Search_Index i ON i.rowid = p.passage_id WHERE p.passage_id = ?",
        passage_id);
    transaction.execute("DELETE FROM Search_Audience_Pages WHERE passage_id = ?", passage_id);
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

std::string json_of(std::span<const std::int64_t> ids) {
    return fmt::format("[{}]", fmt::join(ids, ","));
}

/// The passages that a look finds among somebody's own, in audiences, and in single documents, and their documents:
/// each once, though his own are in audiences, too.
void append_passages_of_reach(const Condition& condition, const Filter& filter, Search& search) {
    std::string& sql = search.statement.sql;
    const std::string audiences = json_of(*filter.audiences);
    constexpr std::string_view unless_in_audience =
        " AND NOT EXISTS (SELECT 1 FROM Search_Audience_Pages a WHERE a.passage_id = o.passage_id "
        "AND a.audience_passage_id >> 32 IN (SELECT value FROM json_each(?)))";
    sql +=
        "SELECT o.passage_id, o.doc_id FROM Search_Index CROSS JOIN Search_Pages o "
        "ON o.passage_id = Search_Index.rowid WHERE " +
        match(condition, search);
    sql += within_ids(search);
    sql += unless_in_audience;
    bind(audiences, search);
    sql +=
        " UNION ALL SELECT p.passage_id, p.doc_id FROM json_each(?) r CROSS JOIN Search_Audience_Index "
        "CROSS JOIN Search_Audience_Pages p ON p.audience_passage_id = Search_Audience_Index.rowid "
        "WHERE Search_Audience_Index MATCH ? AND Search_Audience_Index.rowid BETWEEN r.value << 32 "
        "AND (r.value << 32) | 4294967295";
    bind(audiences, search);
    bind(to_fts5(condition), search);
    if (!filter.reach->documents.empty()) {
        sql +=
            " UNION ALL SELECT o.passage_id, o.doc_id FROM Search_Pages o CROSS JOIN Search_Index "
            "ON Search_Index.rowid = o.passage_id WHERE o.doc_id IN (SELECT value FROM json_each(?)) "
            "AND o.user_id <> ? AND Search_Index MATCH ?";
        sql += unless_in_audience;
        bind(json_of(filter.reach->documents), search);
        search.statement.parameters.emplace_back(filter.reach->owner_id);
        bind(to_fts5(condition), search);
        bind(audiences, search);
    }
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
        statement.sql += "SELECT * FROM (SELECT f.passage_id, f.doc_id, ? AS weight FROM (";
        statement.parameters.emplace_back(pass.weight);
        append_passages_of_reach(pass.condition, filter, search);
        statement.sql += ") f";
        if (reads_pages) {
            statement.sql += " CROSS JOIN Search_Pages s ON s.passage_id = f.passage_id WHERE TRUE";
        }
        if (!filter.reach->hidden.empty()) {
            statement.sql += " AND (s.user_id = ? OR s.doc_id NOT IN (SELECT value FROM json_each(?)))";
            statement.parameters.emplace_back(filter.reach->owner_id);
            bind(json_of(filter.reach->hidden), search);
        }
        append_filter(statement, filter, texts, db::Dialect::sqlite);
        statement.sql += fmt::format(" LIMIT {})", most_candidates);
    }
    // The passages of a document have ids in its order.
    return session.query_page_with<FoundPassage>(
        best_passages(statement.sql, {.key = "passage_id, doc_id", .order = "doc_id DESC, passage_id"}), page,
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
    std::int64_t id_in_audience =
        audience_id ? first_free_in_audience(transaction, *audience_id, piece.passages.size()) : 0;
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
        if (audience_id) {
            put_into_audience(transaction, id, id_in_audience++);
        }
        is_first = false;
        ++id;
    }
}

void SqliteTables::set_audience(db::Session& transaction, std::span<const std::int64_t> passage_ids,
                                std::int64_t audience_id) const {
    const IdRange range = ids_of(audience_id);
    for (const std::int64_t passage_id : passage_ids) {
        const auto borne = transaction.find<std::int64_t>(
            "SELECT audience_passage_id FROM Search_Audience_Pages WHERE passage_id = ?", passage_id);
        if (borne && *borne >= range.first && *borne <= range.last) {
            continue;
        }
        take_out_of_audience(transaction, passage_id);
        const bool is_there =
            transaction.get<bool>("SELECT EXISTS (SELECT 1 FROM Search_Pages WHERE passage_id = ?)", passage_id);
        if (audience_id != 0 && is_there) {
            put_into_audience(transaction, passage_id, first_free_in_audience(transaction, audience_id, 1));
        }
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
    switch (condition.kind) {
        case Condition::Kind::all:
            return join_parts(condition.parts, " AND ", to_fts5);
        case Condition::Kind::any:
            return join_parts(condition.parts, " OR ", to_fts5);
        case Condition::Kind::except:
            return join_parts(condition.parts, " NOT ", to_fts5);
        case Condition::Kind::leaf:
            break;
    }
    return fmt::format("{} : \"{}\"{}", columns_of(condition), fmt::join(condition.words, " "),
                       condition.form == Condition::Form::prefix ? " *" : "");
}

const Tables& sqlite_tables() {
    static const SqliteTables tables;
    return tables;
}

}  // namespace nassaq::search
