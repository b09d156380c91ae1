#include "jobs/job_store.hpp"

#include <algorithm>
#include <boost/describe.hpp>
#include <utility>

#include "base/clock.hpp"
#include "jobs/document_events.hpp"
#include "jobs/outbox.hpp"
#include "search/index.hpp"
#include "usage/counting.hpp"

namespace nassaq::jobs {
namespace {

/// How often a document that is beyond its owner's quota is looked at.
constexpr std::chrono::hours quota_interval{1};

struct ClaimedRow {
    std::int64_t attempts = 0;
    std::string filename;
    std::optional<std::string> file_type;
    std::optional<std::string> sha256;
    std::optional<std::string> blob_name;
};
BOOST_DESCRIBE_STRUCT(ClaimedRow, (), (attempts, filename, file_type, sha256, blob_name))

struct OwnedDocument {
    std::int64_t user_id = 0;
    std::string filename;
};
BOOST_DESCRIBE_STRUCT(OwnedDocument, (), (user_id, filename))

/// Every change of a status is told of, where there has been one.
bool tell_if_changed(db::Session& session, std::int64_t doc_id, std::int64_t changed_rows) {
    if (changed_rows == 0) {
        return false;
    }
    record_event(session, doc_id);
    return true;
}

bool is_queued(db::Session& session, std::int64_t doc_id) {
    return session
        .find<std::int64_t>(
            "SELECT doc_id FROM Processing_Status WHERE doc_id = ? AND stage_name = 'OCR' AND status = 'Queued'",
            doc_id)
        .has_value();
}

bool has_waiting_message(db::Session& session, std::int64_t doc_id) {
    return !session
                .query_page<std::int64_t>("SELECT outbox_id FROM Outbox WHERE doc_id = ? ORDER BY outbox_id",
                                          {.limit = 1}, doc_id)
                .empty();
}

bool end_as_failed(db::Session& session, const Job& job, std::string_view reason) {
    const std::int64_t changed = session.execute(
        "UPDATE Processing_Status SET status = 'Failed', end_time = ?, error_message = ?, claimed_by = NULL, "
        "claimed_until = NULL WHERE doc_id = ? AND stage_name = 'OCR' AND status = 'Processing' "
        "AND claimed_by = ?",
        now(), reason, job.doc_id, job.claim);
    return tell_if_changed(session, job.doc_id, changed);
}

bool put_back(db::Session& session, const Job& job, std::int64_t attempts) {
    const std::int64_t changed = session.execute(
        "UPDATE Processing_Status SET status = 'Queued', attempts = ?, claimed_by = NULL, claimed_until = NULL "
        "WHERE doc_id = ? AND stage_name = 'OCR' AND status = 'Processing' AND claimed_by = ?",
        attempts, job.doc_id, job.claim);
    return tell_if_changed(session, job.doc_id, changed);
}

/// Exactly one row a document; what other stages have written to it stays.
void write_result(db::Session& session, std::int64_t doc_id, const ocr::Document& result) {
    const auto pages = static_cast<std::int64_t>(result.pages.size());
    const Timestamp time = now();
    const std::int64_t changed = session.execute(
        "UPDATE Ocr_Results SET page_count = ?, word_count = ?, avg_confidence = ?, primary_language = ?, "
        "cost_usd_ocr = ?, processed_at = ? WHERE doc_id = ?",
        pages, result.word_count, result.average_confidence, result.primary_language, 0.0, time, doc_id);
    if (changed == 0) {
        session.execute(
            "INSERT INTO Ocr_Results (doc_id, page_count, word_count, avg_confidence, primary_language, cost_usd_ocr, "
            "processed_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
            doc_id, pages, result.word_count, result.average_confidence, result.primary_language, 0.0, time);
    }
}

/// The name is that of now: the document may have been renamed since it was claimed.
/// @return whose it is.
std::int64_t index_result(db::Session& session, std::int64_t doc_id, const std::vector<search::Passage>& passages,
                          std::string_view text_id) {
    auto document =
        session.get<OwnedDocument>("SELECT uploaded_by_user_id, filename FROM Documents WHERE doc_id = ?", doc_id);
    search::index_document(session,
                           {.doc_id = doc_id,
                            .user_id = document.user_id,
                            .filename = std::move(document.filename),
                            .has_text = true,
                            .text_is_in_database = search::has_text_in_database(session, doc_id, text_id)},
                           passages);
    return document.user_id;
}

}  // namespace

bool queue_again(db::Session& transaction, std::int64_t doc_id) {
    const std::int64_t changed = transaction.execute(
        "UPDATE Processing_Status SET status = 'Queued', start_time = ?, end_time = NULL, error_message = NULL, "
        "attempts = NULL, claimed_by = NULL, claimed_until = NULL "
        "WHERE doc_id = ? AND stage_name = 'OCR' AND status IN ('Finished', 'Failed')",
        now(), doc_id);
    return tell_if_changed(transaction, doc_id, changed);
}

JobStore::JobStore(db::Database& database, Options options) : database_(database), options_(std::move(options)) {}

bool JobStore::postpone_beyond_quota(const OcrMessage& message) {
    const bool is_used_up = database_.read([&](db::Session& session) {
        const auto standing = usage::find_standing_of_owner(session, message.doc_id, options_.quota_defaults);
        return standing && !usage::has_pages_left(*standing);
    });
    if (!is_used_up) {
        return false;
    }
    const Timestamp time = now();
    const Timestamp again = std::min(usage::next_day(time), time + quota_interval);
    database_.transaction([&](db::Session& session) {
        // A message that came twice must not become two that wait.
        if (is_queued(session, message.doc_id) && !has_waiting_message(session, message.doc_id)) {
            enqueue(session, options_.queue_name, message.doc_id, to_json(message), again);
        }
    });
    return true;
}

std::optional<Job> JobStore::claim(std::int64_t doc_id, std::string_view claim) {
    const Timestamp time = now();
    auto row = database_.transaction([&](db::Session& session) -> std::optional<ClaimedRow> {
        const std::int64_t changed = session.execute(
            "UPDATE Processing_Status SET status = 'Processing', start_time = ?, end_time = NULL, "
            "error_message = NULL, claimed_by = ?, claimed_until = ?, attempts = COALESCE(attempts, 0) + 1, "
            "pages_done = NULL, pages = NULL "
            "WHERE doc_id = ? AND stage_name = 'OCR' AND status = 'Queued'",
            time, claim, time + options_.lease, doc_id);
        if (!tell_if_changed(session, doc_id, changed)) {
            return std::nullopt;
        }
        return session.find<ClaimedRow>(
            "SELECT s.attempts, d.filename, d.file_type, d.sha256, d.blob_name FROM Processing_Status s "
            "JOIN Documents d ON d.doc_id = s.doc_id WHERE s.doc_id = ? AND s.stage_name = 'OCR'",
            doc_id);
    });
    if (!row) {
        return std::nullopt;
    }
    return Job{.doc_id = doc_id,
               .claim = std::string(claim),
               .attempts = row->attempts,
               .filename = std::move(row->filename),
               .file_type = std::move(row->file_type),
               .sha256 = std::move(row->sha256),
               .blob_name = std::move(row->blob_name)};
}

bool JobStore::renew(std::int64_t doc_id, std::string_view claim) {
    return database_.transaction([&](db::Session& session) {
        return session.execute(
                   "UPDATE Processing_Status SET claimed_until = ? WHERE doc_id = ? AND stage_name = 'OCR' "
                   "AND status = 'Processing' AND claimed_by = ?",
                   now() + options_.lease, doc_id, claim) == 1;
    });
}

bool JobStore::report(const Job& job, const ocr::Progress& progress) {
    return database_.transaction([&](db::Session& session) {
        const std::int64_t changed = session.execute(
            "UPDATE Processing_Status SET pages_done = ?, pages = ? WHERE doc_id = ? AND stage_name = 'OCR' "
            "AND status = 'Processing' AND claimed_by = ?",
            progress.pages_done, progress.pages, job.doc_id, job.claim);
        return tell_if_changed(session, job.doc_id, changed);
    });
}

bool JobStore::finish(const Job& job, const ocr::Document& result, std::string_view text_id) {
    // Outside of the transaction: it is work for the processor alone.
    const auto passages = search::cut_into_passages(result.pages);
    return database_.transaction([&](db::Session& session) {
        const std::int64_t changed = session.execute(
            "UPDATE Processing_Status SET status = 'Finished', end_time = ?, error_message = NULL, claimed_by = NULL, "
            "claimed_until = NULL WHERE doc_id = ? AND stage_name = 'OCR' AND status = 'Processing' "
            "AND claimed_by = ?",
            now(), job.doc_id, job.claim);
        if (!tell_if_changed(session, job.doc_id, changed)) {
            return false;
        }
        write_result(session, job.doc_id, result);
        session.execute("UPDATE Documents SET mongo_doc_id = ?, updated_at = ? WHERE doc_id = ?", text_id, now(),
                        job.doc_id);
        const std::int64_t user_id = index_result(session, job.doc_id, passages, text_id);
        usage::add_pages(session, user_id, static_cast<std::int64_t>(result.pages.size()));
        return true;
    });
}

bool JobStore::retry(const Job& job, const OcrMessage& message, std::string_view reason) {
    if (job.attempts >= options_.max_attempts) {
        return fail(job, message, reason);
    }
    return database_.transaction([&](db::Session& session) {
        if (!put_back(session, job, job.attempts)) {
            return false;
        }
        enqueue(session, options_.queue_name, job.doc_id, to_json(message),
                now() + options_.backoff.delay(job.attempts), message.user_id.value_or(0));
        return true;
    });
}

bool JobStore::fail(const Job& job, const OcrMessage& message, std::string_view reason) {
    return database_.transaction([&](db::Session& session) {
        if (!end_as_failed(session, job, reason)) {
            return false;
        }
        enqueue(session, dead_queue(options_.queue_name), job.doc_id, to_dead_letter(message, reason), now());
        return true;
    });
}

bool JobStore::hand_back(const Job& job, const OcrMessage& message) {
    return database_.transaction([&](db::Session& session) {
        if (!put_back(session, job, job.attempts - 1)) {
            return false;
        }
        enqueue(session, options_.queue_name, job.doc_id, to_json(message), now(), message.user_id.value_or(0));
        return true;
    });
}

bool JobStore::has_document(std::int64_t doc_id) {
    return database_.read([&](db::Session& session) {
        return session.find<std::int64_t>("SELECT doc_id FROM Documents WHERE doc_id = ?", doc_id).has_value();
    });
}

}  // namespace nassaq::jobs
