#include "search/indexing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/clock.hpp"
#include "base/id.hpp"
#include "search/tables.hpp"
#include "search/vocabulary.hpp"

namespace nassaq::search {
namespace {

constexpr std::int64_t most_passages_removed_with_others = 16;

struct FirstPassageRow {
    std::int64_t passage_id = 0;
    std::int64_t user_id = 0;
    std::int64_t page = 0;
    std::int64_t part = 0;
    std::int64_t has_text = 0;
    std::optional<std::string> language;
    std::string filename;
    std::optional<std::string> own_text;
    std::optional<std::string> page_text;
};
BOOST_DESCRIBE_STRUCT(FirstPassageRow, (),
                      (passage_id, user_id, page, part, has_text, language, filename, own_text, page_text))

struct IndexedRow {
    std::int64_t user_id = 0;
    std::string filename;
    std::int64_t has_text = 0;
    std::int64_t is_large = 0;
    std::int64_t passages = 0;
};
BOOST_DESCRIBE_STRUCT(IndexedRow, (), (user_id, filename, has_text, is_large, passages))

/// Two that are equal are of the same text: a job that ends has another time, and a passage that was only a name none.
struct FirstPassageState {
    std::int64_t passage_id = 0;
    std::int64_t has_text = 0;
    std::optional<Timestamp> end_time;
};
BOOST_DESCRIBE_STRUCT(FirstPassageState, (), (passage_id, has_text, end_time))

std::string find_first_passage_state(db::Session& session, std::int64_t doc_id) {
    const auto first = session.query_page<FirstPassageState>(
        "SELECT s.passage_id, s.has_text, p.end_time FROM Search_Pages s "
        "LEFT JOIN Processing_Status p ON p.doc_id = s.doc_id AND p.stage_name = 'OCR' WHERE s.doc_id = ? "
        "ORDER BY s.page, s.part",
        {.limit = 1}, doc_id);
    if (first.empty()) {
        return {};
    }
    const FirstPassageState& state = first.front();
    return fmt::format("{} {} {}", state.passage_id, state.has_text, state.end_time ? to_iso(*state.end_time) : "");
}

std::size_t count_words(const Passage& passage) {
    return static_cast<std::size_t>(std::ranges::count(passage.words, ' ')) + (passage.words.empty() ? 0 : 1);
}

std::vector<std::vector<std::string>> make_terms(const Tables& tables, std::int64_t user_id, NameWords name,
                                                 std::span<const Passage> passages) {
    std::vector<std::vector<std::string>> terms;
    terms.reserve(passages.size());
    for (const Passage& passage : passages) {
        terms.push_back(tables.terms(user_id, std::exchange(name, {}), passage));
    }
    return terms;
}

bool is_too_much(const PieceSizes& sizes, const Prepared& prepared) {
    std::size_t words = 0;
    for (const Passage& passage : prepared.passages) {
        words += count_words(passage);
    }
    return words > sizes.most_words_at_once || prepared.passages.size() > sizes.passages ||
           prepared.words.words.size() > sizes.most_vocabulary_words_at_once;
}

/// How many passages in front of `end` make the next piece.
std::size_t piece_before(const PieceSizes& sizes, std::span<const Passage> passages, std::size_t end) {
    std::size_t count = 0;
    std::size_t words = 0;
    while (count < end && count < sizes.passages) {
        words += count_words(passages[end - count - 1]);
        if (count > 0 && words > sizes.words) {
            break;
        }
        ++count;
    }
    return count;
}

bool has_passages(db::Session& session, std::int64_t doc_id) {
    return session.get<std::int64_t>(
               "SELECT CASE WHEN EXISTS (SELECT 1 FROM Search_Pages WHERE doc_id = ?) THEN 1 ELSE 0 END", doc_id) == 1;
}

Piece whole(const Prepared& prepared) {
    return {.passages = prepared.passages, .name = prepared.name, .terms = prepared.terms};
}

/// One document's work in pieces.
class Pieces {
public:
    Pieces(db::Database& database, std::int64_t doc_id, const IsWanted& is_wanted)
        : database_(database), tables_(tables_of(database.dialect())), doc_id_(doc_id), is_wanted_(is_wanted) {}

    /// Removes the first of what there is, too. @param page, part  of the passage that stays, by which the name is
    /// found
    bool begin(std::int64_t user_id, std::int64_t page, std::int64_t part) {
        return database_.transaction([&](db::Session& session) {
            if (!is_wanted_(session)) {
                return false;
            }
            session.execute("DELETE FROM Search_Large WHERE doc_id = ?", doc_id_);
            session.execute(
                "INSERT INTO Search_Large (doc_id, user_id, ticket, pieces, is_whole) VALUES (?, ?, ?, 0, 0)", doc_id_,
                user_id, ticket_);
            are_removed_ = remove_some_but(session, page, part);
            return true;
        });
    }

    bool remove_all_but(std::int64_t page, std::int64_t part) {
        bool is_wanted = true;
        while (is_wanted && !are_removed_) {
            is_wanted = step([&](db::Session& session) { are_removed_ = remove_some_but(session, page, part); });
        }
        return is_wanted;
    }

    /// From the end on, for what is inserted later comes first where nothing else decides.
    bool insert(const Subject& subject, const Prepared& prepared) {
        std::size_t end = prepared.passages.size();
        while (end > 0) {
            const std::size_t count = piece_before(sizes_, prepared.passages, end);
            const bool is_first = count == end;
            Piece piece{.passages = std::span(prepared.passages).subspan(end - count, count),
                        .name = is_first ? prepared.name : NameWords(),
                        .terms = {}};
            piece.terms = make_terms(tables_, subject.user_id, piece.name, piece.passages);
            const bool is_wanted = step([&](db::Session& session) {
                if (is_first) {
                    remove_first(session, piece.passages.front());
                }
                tables_.insert(session, subject, piece);
            });
            if (!is_wanted) {
                return false;
            }
            end -= count;
        }
        return true;
    }

    bool learn(std::int64_t user_id, std::span<const VocabularyWord> words) {
        while (!words.empty()) {
            const auto some = words.first(std::min(sizes_.vocabulary_words, words.size()));
            if (!step([&](db::Session& session) { search::learn(session, user_id, some); })) {
                return false;
            }
            words = words.subspan(some.size());
        }
        return true;
    }

private:
    template <class Write>
    bool step(Write write) {
        return database_.transaction([&](db::Session& session) {
            const bool is_ours =
                is_wanted_(session) && session.execute(
                                           "UPDATE Search_Large SET pieces = pieces + 1 WHERE doc_id = ? "
                                           "AND ticket = CAST(? AS VARCHAR(36))",
                                           doc_id_, ticket_) == 1;
            if (is_ours) {
                write(session);
            }
            return is_ours;
        });
    }

    /// @return whether these were all.
    bool remove_some_but(db::Session& session, std::int64_t page, std::int64_t part) const {
        auto some = session.query_page<std::int64_t>(
            "SELECT passage_id FROM Search_Pages WHERE doc_id = ? AND (page <> ? OR part <> ?) "
            "ORDER BY page DESC, part DESC",
            {.limit = static_cast<std::int64_t>(sizes_.removed_passages)}, doc_id_, page, part);
        const bool are_all = some.size() < sizes_.removed_passages;
        if (!some.empty()) {
            tables_.remove(session, {.doc_id = doc_id_, .passage_ids = std::move(some)});
        }
        return are_all;
    }

    /// The old passage in the place of this one.
    void remove_first(db::Session& session, const Passage& passage) const {
        const auto old =
            session.find<std::int64_t>("SELECT passage_id FROM Search_Pages WHERE doc_id = ? AND page = ? AND part = ?",
                                       doc_id_, passage.page, passage.part);
        if (old) {
            tables_.remove(session, {.doc_id = doc_id_, .passage_ids = {*old}});
        }
    }

    db::Database& database_;
    const Tables& tables_;
    const PieceSizes& sizes_ = tables_.piece_sizes();
    std::int64_t doc_id_;
    const IsWanted& is_wanted_;
    std::string ticket_ = random_uuid();
    bool are_removed_ = false;
};

}  // namespace

Prepared prepare(db::Dialect dialect, std::int64_t user_id, std::string_view filename, std::vector<Passage> passages) {
    Prepared prepared{.user_id = user_id,
                      .filename = std::string(filename),
                      .passages = std::move(passages),
                      .name = name_words(filename),
                      .words = {},
                      .terms = {}};
    prepared.words = all_words(prepared.passages, prepared.name);
    const Tables& tables = tables_of(dialect);
    prepared.is_large = is_too_much(tables.piece_sizes(), prepared);
    if (!prepared.is_large) {
        prepared.terms = make_terms(tables, user_id, prepared.name, prepared.passages);
    }
    return prepared;
}

Prepared prepare_name(db::Dialect dialect, std::int64_t user_id, std::string_view filename) {
    return prepare(dialect, user_id, filename, {Passage()});
}

void index_name(db::Session& transaction, std::int64_t doc_id, const Prepared& prepared) {
    const Subject subject{.doc_id = doc_id, .user_id = prepared.user_id, .filename = prepared.filename};
    learn(transaction, prepared.user_id, prepared.words.words);
    tables_of(transaction.dialect()).insert(transaction, subject, whole(prepared));
}

void index_name_for_now(db::Session& transaction, std::int64_t doc_id, const Prepared& prepared) {
    index_name(transaction, doc_id, prepared);
    transaction.execute("INSERT INTO Search_Large (doc_id, user_id, ticket, pieces, is_whole) VALUES (?, ?, ?, 0, 0)",
                        doc_id, prepared.user_id, random_uuid());
}

void index_name_again(db::Session& transaction, std::int64_t doc_id, const Prepared& prepared) {
    const Tables& tables = tables_of(transaction.dialect());
    do {
        tables.remove(transaction, {.doc_id = doc_id, .only_texts_leave_words = true});
        // Where that has waited for a job, PostgreSQL has not shown it the passages that the job has put there.
    } while (has_passages(transaction, doc_id));
    tables.insert(transaction, {.doc_id = doc_id, .user_id = prepared.user_id, .filename = prepared.filename},
                  whole(prepared));
    learn(transaction, prepared.user_id, prepared.words.words);
}

void index_document(db::Session& transaction, const Subject& subject, const Prepared& prepared) {
    const Tables& tables = tables_of(transaction.dialect());
    tables.remove(transaction, {.doc_id = subject.doc_id, .only_texts_leave_words = true});
    tables.insert(transaction, subject, whole(prepared));
    learn(transaction, subject.user_id, prepared.words.words);
}

std::optional<Indexed> find_indexed(db::Session& session, std::int64_t doc_id, std::string_view text_id) {
    const auto row = session.find<IndexedRow>(
        "SELECT d.uploaded_by_user_id, d.filename, "
        "CASE WHEN EXISTS (SELECT 1 FROM Document_Text t WHERE t.doc_id = d.doc_id AND t.page > 0 AND t.text_id = ?) "
        "THEN 1 ELSE 0 END, "
        "CASE WHEN EXISTS (SELECT 1 FROM Search_Large l WHERE l.doc_id = d.doc_id) THEN 1 ELSE 0 END, "
        "(SELECT COUNT(*) FROM Search_Pages s WHERE s.doc_id = d.doc_id) FROM Documents d WHERE d.doc_id = ?",
        text_id, doc_id);
    if (!row) {
        return std::nullopt;
    }
    return Indexed{.user_id = row->user_id,
                   .filename = row->filename,
                   .text_is_in_database = row->has_text != 0,
                   .is_large = row->is_large != 0 || row->passages > most_passages_removed_with_others};
}

bool index_in_pieces(db::Database& database, const Subject& subject, const Prepared& prepared,
                     const IsWanted& is_wanted) {
    Pieces pieces(database, subject.doc_id, is_wanted);
    const Passage& first = prepared.passages.front();
    return pieces.begin(subject.user_id, first.page, first.part) && pieces.remove_all_but(first.page, first.part) &&
           pieces.insert(subject, prepared) && pieces.learn(subject.user_id, prepared.words.words);
}

void complete_pieces(db::Session& transaction, std::int64_t doc_id, const Prepared& prepared) {
    if (prepared.words.are_all) {
        transaction.execute("DELETE FROM Search_Large WHERE doc_id = ?", doc_id);
    } else {
        transaction.execute("UPDATE Search_Large SET is_whole = 1 WHERE doc_id = ?", doc_id);
    }
}

std::vector<OpenPieces> list_open_pieces(db::Session& session) {
    return session.query<OpenPieces>(
        "SELECT l.doc_id, l.ticket, l.pieces FROM Search_Large l WHERE l.is_whole = 0 AND NOT EXISTS "
        "(SELECT 1 FROM Processing_Status p WHERE p.doc_id = l.doc_id AND p.stage_name = 'OCR' "
        "AND p.status IN ('Queued', 'Processing')) ORDER BY l.doc_id");
}

Renaming prepare_renaming(db::Session& session, std::int64_t doc_id, const std::string& new_name) {
    auto first = session.query_page<FirstPassageRow>(
        "SELECT s.passage_id, s.user_id, s.page, s.part, s.has_text, s.language, d.filename, s.content, "
        "t.content FROM Search_Pages s JOIN Documents d ON d.doc_id = s.doc_id "
        "LEFT JOIN Document_Text t ON t.doc_id = s.doc_id AND t.page = s.page AND s.content IS NULL WHERE s.doc_id = ? "
        "ORDER BY s.page, s.part",
        {.limit = 1}, doc_id);
    Renaming renaming;
    renaming.passage_state = find_first_passage_state(session, doc_id);
    renaming.subject.doc_id = doc_id;
    if (first.empty()) {
        renaming.passage_state.clear();
        return renaming;  // Not indexed yet; when it is, then by its new name.
    }
    FirstPassageRow& row = first.front();
    renaming.passage_id = row.passage_id;
    renaming.old_words = name_words(row.filename).words;
    renaming.subject = {.doc_id = doc_id,
                        .user_id = row.user_id,
                        .filename = new_name,
                        .has_text = row.has_text != 0,
                        .text_is_in_database = !row.own_text};
    std::string text = row.own_text ? std::move(*row.own_text) : std::move(row.page_text).value_or("");
    renaming.pages.push_back({.number = row.page,
                              .text = row.has_text != 0 ? std::move(text) : std::string(),
                              .language = row.language.value_or("")});
    auto passages = cut_into_passages(renaming.pages);
    passages.resize(1);
    passages.front().part = row.part;
    Prepared& prepared = renaming.prepared;
    prepared = {.user_id = row.user_id,
                .filename = new_name,
                .passages = std::move(passages),
                .name = name_words(new_name),
                .words = {},
                .terms = {}};
    prepared.words = all_words({}, prepared.name);  // Those of the text are known.
    prepared.terms = make_terms(tables_of(session.dialect()), row.user_id, prepared.name, prepared.passages);
    return renaming;
}

bool rename_document(db::Session& transaction, const Renaming& renaming) {
    const std::int64_t doc_id = renaming.subject.doc_id;
    if (find_first_passage_state(transaction, doc_id) != renaming.passage_state) {
        return false;
    }
    if (renaming.passage_state.empty()) {
        return true;
    }
    // By its id: a job that ends at this moment puts another in its place, which PostgreSQL shows to no statement that
    // has waited for the old one to go.
    const Passage& first = renaming.prepared.passages.front();
    const auto removed =
        transaction.execute("DELETE FROM Search_Pages WHERE doc_id = ? AND page = ? AND part = ? AND passage_id = ?",
                            doc_id, first.page, first.part, renaming.passage_id);
    if (removed == 0) {
        return false;
    }
    transaction.execute("INSERT INTO Search_Leftovers (user_id, words) VALUES (?, ?)", renaming.subject.user_id,
                        renaming.old_words);
    tables_of(transaction.dialect()).insert(transaction, renaming.subject, whole(renaming.prepared));
    learn(transaction, renaming.subject.user_id, renaming.prepared.words.words);
    return true;
}

void remove_most(db::Database& database, std::int64_t doc_id, const IsWanted& is_wanted) {
    const auto indexed = database.read([&](db::Session& session) { return find_indexed(session, doc_id, {}); });
    if (!indexed || !indexed->is_large) {
        return;
    }
    Pieces pieces(database, doc_id, is_wanted);
    if (pieces.begin(indexed->user_id, 1, 1)) {
        pieces.remove_all_but(1, 1);
    }
}

void remove_document(db::Session& transaction, std::int64_t doc_id) {
    tables_of(transaction.dialect()).remove(transaction, {.doc_id = doc_id});
}

}  // namespace nassaq::search
