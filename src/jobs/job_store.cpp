#include "jobs/job_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/describe.hpp>
#include <expected>
#include <stdexcept>
#include <utility>

#include "base/clock.hpp"
#include "jobs/document_events.hpp"
#include "jobs/newest_row.hpp"
#include "jobs/outbox.hpp"
#include "search/indexing.hpp"
#include "usage/counting.hpp"

namespace nassaq::jobs {
namespace {

/// How often a document that is beyond its owner's quota is looked at.
constexpr std::chrono::hours quota_interval{1};
/// How often the end of a job is tried whose document changes meanwhile.
constexpr int most_rounds = 10;

struct ClaimedRow {
    std::int64_t attempts = 0;
    std::string filename;
    std::optional<std::string> file_type;
    std::optional<std::string> sha256;
    std::optional<std::string> blob_name;
};
BOOST_DESCRIBE_STRUCT(ClaimedRow, (), (attempts, filename, file_type, sha256, blob_name))

bool is_queued(db::Session& session, std::int64_t doc_id) {
    return session
        .find<std::int64_t>(
            "SELECT doc_id FROM Processing_Status WHERE doc_id = ? AND stage_name = 'OCR' AND status = 'Queued'",
            doc_id)
        .has_value();
}

/// Only what is for later: the message that a worker has just received is in the outbox still, until the relay that
/// published it has come to delete it.
bool has_message_after(db::Session& session, std::int64_t doc_id, Timestamp time) {
    return !session
                .query_page<std::int64_t>(
                    "SELECT outbox_id FROM Outbox WHERE doc_id = ? AND available_at > ? ORDER BY outbox_id",
                    {.limit = 1}, doc_id, time)
                .empty();
}

bool end_as_failed(db::Session& session, const Job& job, std::string_view reason) {
    return session.execute(
               "UPDATE Processing_Status SET status = 'Failed', end_time = ?, error_message = ?, claimed_by = NULL, "
               "claimed_until = NULL WHERE doc_id = ? AND stage_name = 'OCR' AND status = 'Processing' "
               "AND claimed_by = ?",
               now(), reason, job.doc_id, job.claim) == 1;
}

bool put_back(db::Session& session, const Job& job, std::int64_t attempts) {
    return session.execute(
               "UPDATE Processing_Status SET status = 'Queued', attempts = ?, claimed_by = NULL, claimed_until = NULL "
               "WHERE doc_id = ? AND stage_name = 'OCR' AND status = 'Processing' AND claimed_by = ?",
               attempts, job.doc_id, job.claim) == 1;
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

bool is_claimed(db::Session& session, const Job& job) {
    return session
        .find<std::int64_t>(
            "SELECT doc_id FROM Processing_Status WHERE doc_id = ? AND stage_name = 'OCR' AND status = 'Processing' "
            "AND claimed_by = ?",
            job.doc_id, job.claim)
        .has_value();
}

/// The document's text, unless it has another name by now.
bool set_text(db::Session& session, std::int64_t doc_id, std::string_view text_id, std::string_view filename) {
    return session.execute("UPDATE Documents SET mongo_doc_id = ?, updated_at = ? WHERE doc_id = ? AND filename = ?",
                           text_id, now(), doc_id, filename) == 1;
}

bool end_as_finished(db::Session& session, const Job& job) {
    return session.execute(
               "UPDATE Processing_Status SET status = 'Finished', end_time = ?, error_message = NULL, "
               "claimed_by = NULL, claimed_until = NULL WHERE doc_id = ? AND stage_name = 'OCR' "
               "AND status = 'Processing' AND claimed_by = ?",
               now(), job.doc_id, job.claim) == 1;
}

bool queue_if(std::string_view status_condition, db::Session& transaction, std::int64_t doc_id) {
    return transaction.execute(
               fmt::format("UPDATE Processing_Status SET status = 'Queued', start_time = ?, end_time = NULL, "
                           "error_message = NULL, attempts = NULL, claimed_by = NULL, claimed_until = NULL "
                           "WHERE doc_id = ? AND stage_name = 'OCR' AND {} AND {}",
                           status_condition, is_newest_of_stage("Processing_Status")),
               now(), doc_id) == 1;
}

}  // namespace

bool queue_again(db::Session& transaction, std::int64_t doc_id) {
    return queue_if("status IN ('Finished', 'Failed')", transaction, doc_id);
}

bool queue_failed_again(db::Session& transaction, std::int64_t doc_id) {
    return queue_if("status = 'Failed'", transaction, doc_id);
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
        if (is_queued(session, message.doc_id) && !has_message_after(session, message.doc_id, time)) {
            enqueue(session, options_.queue_name, message.doc_id, to_json(message), again, message.user_id.value_or(0));
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
            "WHERE doc_id = ? AND stage_name = 'OCR' AND status = 'Queued' AND " +
                is_newest_of_stage("Processing_Status"),
            time, claim, time + options_.lease, doc_id);
        if (changed == 0) {
            return std::nullopt;
        }
        auto claimed = session.find<ClaimedRow>(
            "SELECT s.attempts, d.filename, d.file_type, d.sha256, d.blob_name FROM Processing_Status s "
            "JOIN Documents d ON d.doc_id = s.doc_id WHERE s.doc_id = ? AND s.stage_name = 'OCR' AND s.claimed_by = ?",
            doc_id, claim);
        record_event(session, doc_id);
        return claimed;
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
    return database_.execute(
               "UPDATE Processing_Status SET claimed_until = ? WHERE doc_id = ? AND stage_name = 'OCR' "
               "AND status = 'Processing' AND claimed_by = ?",
               now() + options_.lease, doc_id, claim) == 1;
}

bool JobStore::report(const Job& job, const ocr::Progress& progress) {
    return database_.transaction([&](db::Session& session) {
        const std::int64_t changed = session.execute(
            "UPDATE Processing_Status SET pages_done = ?, pages = ? WHERE doc_id = ? AND stage_name = 'OCR' "
            "AND status = 'Processing' AND claimed_by = ?",
            progress.pages_done, progress.pages, job.doc_id, job.claim);
        if (changed > 0) {
            record_event(session, job.doc_id);
        }
        return changed > 0;
    });
}

/// The name is that of now: the document may have been renamed since it was claimed, and while its index is prepared.
bool JobStore::finish(const Job& job, const ocr::Document& result, std::string_view text_id,
                      const std::stop_token& stop) {
    const auto passages = search::cut_into_passages(result.pages);
    for (int round = 0; round < most_rounds; ++round) {
        const auto document =
            database_.read([&](db::Session& session) { return search::find_indexed(session, job.doc_id, text_id); });
        if (!document || (round > 0 && !is_claimed_by(job))) {
            return false;
        }
        switch (finish_as(job, result, text_id, *document, passages, stop)) {
            case Ending::finished:
                return true;
            case Ending::not_ours:
                return false;
            case Ending::outdated:
                break;
        }
    }
    throw std::runtime_error("the document changes all the time");
}

bool JobStore::is_claimed_by(const Job& job) {
    return database_.read([&](db::Session& session) { return is_claimed(session, job); });
}

JobStore::Ending JobStore::finish_as(const Job& job, const ocr::Document& result, std::string_view text_id,
                                     const search::Indexed& document, const std::vector<search::Passage>& passages,
                                     const std::stop_token& stop) {
    const auto prepared = search::prepare(database_.dialect(), document.user_id, document.filename, passages);
    const search::Subject subject{.doc_id = job.doc_id,
                                  .user_id = document.user_id,
                                  .filename = document.filename,
                                  .has_text = true,
                                  .text_is_in_database = document.text_is_in_database};
    const auto is_wanted = [&](db::Session& session) {
        if (stop.stop_requested()) {
            throw std::runtime_error("the work was interrupted");
        }
        return is_claimed(session, job);
    };
    const bool in_pieces = prepared.is_large || document.is_large;
    try {
        if (in_pieces && !search::index_in_pieces(database_, subject, prepared, is_wanted)) {
            return Ending::not_ours;
        }
        const auto finished = database_.transaction([&](db::Session& session) -> std::expected<void, Ending> {
            if (in_pieces) {
                search::complete_pieces(session, job.doc_id, prepared);
            } else {
                search::index_document(session, subject, prepared);
            }
            write_result(session, job.doc_id, result);
            if (!set_text(session, job.doc_id, text_id, document.filename)) {
                return std::unexpected(Ending::outdated);
            }
            usage::add_pages(session, document.user_id, static_cast<std::int64_t>(result.pages.size()));
            // Only here, because the row that it changes is read by every list, and by the heartbeat.
            if (!end_as_finished(session, job)) {
                return std::unexpected(Ending::not_ours);
            }
            record_event(session, job.doc_id);
            return {};
        });
        return finished ? Ending::finished : finished.error();
    } catch (const db::Error& error) {
        // It was deleted, or indexed by somebody else, while this transaction ran.
        if (error.kind() != db::ErrorKind::foreign_key_violation && error.kind() != db::ErrorKind::unique_violation) {
            throw;
        }
        return Ending::outdated;
    }
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
        record_event(session, job.doc_id);
        return true;
    });
}

bool JobStore::fail(const Job& job, const OcrMessage& message, std::string_view reason) {
    return database_.transaction([&](db::Session& session) {
        if (!end_as_failed(session, job, reason)) {
            return false;
        }
        enqueue(session, dead_queue(options_.queue_name), job.doc_id, to_dead_letter(message, reason), now());
        record_event(session, job.doc_id);
        return true;
    });
}

bool JobStore::hand_back(const Job& job, const OcrMessage& message) {
    return database_.transaction([&](db::Session& session) {
        if (!put_back(session, job, job.attempts - 1)) {
            return false;
        }
        enqueue(session, options_.queue_name, job.doc_id, to_json(message), now(), message.user_id.value_or(0));
        record_event(session, job.doc_id);
        return true;
    });
}

bool JobStore::has_document(std::int64_t doc_id) {
    return database_.read([&](db::Session& session) {
        return session.find<std::int64_t>("SELECT doc_id FROM Documents WHERE doc_id = ?", doc_id).has_value();
    });
}

}  // namespace nassaq::jobs
