#include "jobs/search_indexing.hpp"

#include <algorithm>
#include <boost/describe.hpp>
#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "db/dialect.hpp"
#include "jobs/wakeup.hpp"
#include "search/indexing.hpp"

namespace nassaq::jobs {
namespace {

/// A statement looks at so many ids at most, lest it take its time where all is well.
constexpr std::int64_t ids_at_a_time = 2000;
constexpr std::chrono::hours comparison_interval{24};
/// A node that has noted nothing for so long has died. Longer than a step takes in which all has to be indexed.
constexpr std::chrono::hours look_lease{1};
/// What the index is made of, besides the text.
struct DocumentRow {
    std::int64_t user_id = 0;
    std::string filename;
    std::string text_id;
    std::optional<std::string> status;
    std::optional<Timestamp> end_time;
};
BOOST_DESCRIBE_STRUCT(DocumentRow, (), (user_id, filename, text_id, status, end_time))

struct FirstTrigram {
    std::string trigram;
    std::int64_t user_id = 0;
};
BOOST_DESCRIBE_STRUCT(FirstTrigram, (), (trigram, user_id))

std::optional<DocumentRow> find_document(db::Session& session, std::int64_t doc_id) {
    return session.find<DocumentRow>(
        "SELECT d.uploaded_by_user_id, d.filename, d.mongo_doc_id, s.status, s.end_time FROM Documents d "
        "LEFT JOIN Processing_Status s ON s.doc_id = d.doc_id AND s.stage_name = 'OCR' WHERE d.doc_id = ? "
        "ORDER BY s.status_id DESC",
        doc_id);
}

bool is_finished(const DocumentRow& row) {
    return row.status == "Finished";
}

/// Whether neither another text nor another name or owner can have come since the row was read: every job that ends
/// changes these.
bool is_same_state(const DocumentRow& left, const DocumentRow& right) {
    return left.status == right.status && left.end_time == right.end_time && left.filename == right.filename &&
           left.user_id == right.user_id;
}

/// Whoever changes the state of the document waits from here on.
void lock_state(db::Session& transaction, std::int64_t doc_id) {
    transaction.execute("UPDATE Processing_Status SET stage_name = 'OCR' WHERE doc_id = ? AND stage_name = 'OCR'",
                        doc_id);
}

std::vector<std::int64_t> list_ids(db::Session& session, SearchIndexing::Scope scope, std::int64_t behind,
                                   std::int64_t last) {
    if (scope == SearchIndexing::Scope::all) {
        return session.query<std::int64_t>(
            "SELECT doc_id FROM Documents WHERE doc_id > ? AND doc_id <= ? ORDER BY doc_id", behind, last);
    }
    // The same ids three times: else a planner may read the whole of a table for those that are asked for.
    return session.query<std::int64_t>(
        "SELECT d.doc_id FROM Documents d WHERE d.doc_id > ? AND d.doc_id <= ? AND NOT EXISTS "
        "(SELECT 1 FROM Search_Pages s WHERE s.doc_id = d.doc_id AND s.doc_id > ? AND s.doc_id <= ? "
        "AND (s.has_text = 1 OR NOT EXISTS (SELECT 1 FROM Processing_Status p WHERE p.doc_id = d.doc_id "
        "AND p.doc_id > ? AND p.doc_id <= ? AND p.stage_name = 'OCR' AND p.status = 'Finished'))) ORDER BY d.doc_id",
        behind, last, behind, last, behind, last);
}

/// The first of one user's words, so many at most. @return how many went: none when there are no more.
std::int64_t forget_words(db::Session& transaction, std::int64_t most) {
    const auto user_id =
        transaction.get<std::optional<std::int64_t>>("SELECT MIN(user_id) FROM Search_Vocabulary WHERE user_id > 0");
    if (!user_id) {
        return 0;
    }
    const auto behind = transaction.query_page<std::string>(
        "SELECT word FROM Search_Vocabulary WHERE user_id = ? ORDER BY word", {.skip = most, .limit = 1}, *user_id);
    return behind.empty() ? transaction.execute("DELETE FROM Search_Vocabulary WHERE user_id = ?", *user_id)
                          : transaction.execute("DELETE FROM Search_Vocabulary WHERE user_id = ? AND word < ?",
                                                *user_id, behind.front());
}

/// The same for the words of one user that have the first trigram.
std::int64_t forget_trigrams(db::Session& transaction, std::int64_t most) {
    const auto first = transaction.query_page<FirstTrigram>(
        "SELECT trigram, user_id FROM Search_Trigrams ORDER BY trigram, user_id, word", {.limit = 1});
    if (first.empty()) {
        return 0;
    }
    const auto& [trigram, user_id] = first.front();
    const auto behind = transaction.query_page<std::string>(
        "SELECT word FROM Search_Trigrams WHERE trigram = ? AND user_id = ? ORDER BY word", {.skip = most, .limit = 1},
        trigram, user_id);
    return behind.empty()
               ? transaction.execute("DELETE FROM Search_Trigrams WHERE trigram = ? AND user_id = ?", trigram, user_id)
               : transaction.execute("DELETE FROM Search_Trigrams WHERE trigram = ? AND user_id = ? AND word < ?",
                                     trigram, user_id, behind.front());
}

/// So many rows a transaction, lest others wait long. @return whether there were any.
bool forget_some(db::Session& transaction) {
    constexpr std::int64_t rows_at_a_time = 2000;
    std::int64_t forgotten = 0;
    for (const auto forget : {forget_words, forget_trigrams}) {
        std::int64_t last = 1;
        while (last > 0 && forgotten < rows_at_a_time) {
            last = forget(transaction, rows_at_a_time - forgotten);
            forgotten += last;
        }
    }
    return forgotten > 0;
}

}  // namespace

SearchIndexing::SearchIndexing(db::Database& database, texts::TextStore& texts, Scope scope)
    : database_(database), texts_(texts), scope_(scope), look_(database, "search index", look_lease) {}

bool SearchIndexing::step(const std::stop_token& stop) {
    const std::int64_t behind = last_doc_id_;
    const auto highest = database_.read([](db::Session& session) {
        return session.get<std::optional<std::int64_t>>("SELECT MAX(doc_id) FROM Documents");
    });
    if (highest.value_or(0) <= behind) {
        return false;
    }
    const std::int64_t last = behind + ids_at_a_time;
    const auto ids = database_.read([&](db::Session& session) { return list_ids(session, scope_, behind, last); });
    for (const std::int64_t doc_id : ids) {
        if (stop.stop_requested()) {
            return false;
        }
        index(doc_id);
        last_doc_id_ = doc_id;
    }
    last_doc_id_ = last;
    return true;
}

void SearchIndexing::catch_up(const std::stop_token& stop) {
    take_up_abandoned(stop, std::chrono::seconds{5});
    const auto time = std::chrono::steady_clock::now();
    if (next_ && time < *next_) {
        return;
    }
    next_ = time + interval;
    const auto position = look_.take();
    if (!position) {
        return;
    }
    last_doc_id_ = *position;
    const std::int64_t before = indexed_;
    try {
        while (step(stop)) {
            if (!look_.note(last_doc_id_)) {
                return;  // Another node has taken this one for dead, and has come to the end.
            }
        }
    } catch (...) {  // As while the text store is away.
        look_.give_up(last_doc_id_);
        throw;
    }
    if (stop.stop_requested()) {
        look_.give_up(last_doc_id_);
        return;
    }
    look_.end(now() + comparison_interval, 0);
    last_doc_id_ = 0;
    if (indexed_ > before) {
        log::info("documents were brought into the search index", {{"documents", indexed_ - before}});
    }
}

/// The text is read outside of the transaction, which is worth nothing when another text has come meanwhile.
void SearchIndexing::index(std::int64_t doc_id) {
    const auto before = database_.read([&](db::Session& session) { return find_document(session, doc_id); });
    if (!before) {
        return;
    }
    std::vector<ocr::Page> pages;
    if (is_finished(*before)) {
        texts_.visit_pages(doc_id, [&](const ocr::Page& page) { pages.push_back(page); });
    }
    const auto prepared =
        search::prepare(database_.dialect(), before->user_id, before->filename, search::cut_into_passages(pages));
    const auto indexed =
        database_.read([&](db::Session& session) { return search::find_indexed(session, doc_id, before->text_id); });
    if (!indexed) {
        return;
    }
    const search::Subject subject{.doc_id = doc_id,
                                  .user_id = before->user_id,
                                  .filename = before->filename,
                                  .has_text = is_finished(*before),
                                  .text_is_in_database = indexed->text_is_in_database};
    const auto is_wanted = [&](db::Session& session) {
        lock_state(session, doc_id);
        const auto document = find_document(session, doc_id);
        return document && is_same_state(*before, *document);  // Else whoever has changed it brings it into the index.
    };
    const bool in_pieces = prepared.is_large || indexed->is_large;
    if (in_pieces && !search::index_in_pieces(database_, subject, prepared, is_wanted)) {
        return;
    }
    const bool is_done = database_.transaction([&](db::Session& session) {
        if (!is_wanted(session)) {
            return false;
        }
        if (in_pieces) {
            search::complete_pieces(session, doc_id, prepared);
        } else {
            search::index_document(session, subject, prepared);
        }
        return true;
    });
    indexed_ += is_done ? 1 : 0;
}

/// A document whose pieces have stayed as they were all that time has nobody who writes them.
void SearchIndexing::take_up_abandoned(const std::stop_token& stop, std::chrono::milliseconds pause_between) {
    const auto open = database_.read([](db::Session& session) { return search::list_open_pieces(session); });
    if (open.empty()) {
        return;
    }
    pause(stop, pause_between);
    const auto still_open = database_.read([](db::Session& session) { return search::list_open_pieces(session); });
    for (const search::OpenPieces& pieces : open) {
        if (stop.stop_requested()) {
            return;
        }
        if (std::ranges::find(still_open, pieces) != still_open.end()) {
            index(pieces.doc_id);
        }
    }
}

/// User 0 says that words are missing (migration 0010).
void forget_learned_words(db::Database& database) {
    database.transaction([](db::Session& session) {
        session.execute("DELETE FROM Search_Vocabulary WHERE user_id = 0");
        session.execute("INSERT INTO Search_Vocabulary (user_id, word) VALUES (0, '')");
    });
    while (database.transaction(forget_some)) {
    }
}

void finish_learning(db::Database& database) {
    database.transaction(
        [](db::Session& session) { session.execute("DELETE FROM Search_Vocabulary WHERE user_id = 0"); });
}

}  // namespace nassaq::jobs
