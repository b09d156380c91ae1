#include "jobs/recovery.hpp"

#include <cstdint>
#include <exception>
#include <utility>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "jobs/document_events.hpp"
#include "jobs/message.hpp"
#include "jobs/outbox.hpp"
#include "jobs/queued_document.hpp"

namespace nassaq::jobs {
namespace {

constexpr std::int64_t batch_size = 100;

constexpr const char* given_up = "Processing this document ended the worker several times, so it is not tried again.";

bool requeue(db::Session& session, std::int64_t doc_id, Timestamp time) {
    return session.execute(
               "UPDATE Processing_Status SET status = 'Queued', claimed_by = NULL, claimed_until = NULL "
               "WHERE doc_id = ? AND stage_name = 'OCR' AND status = 'Processing' AND claimed_until < ?",
               doc_id, time) == 1;
}

bool give_up(db::Session& session, std::int64_t doc_id, Timestamp time) {
    return session.execute(
               "UPDATE Processing_Status SET status = 'Failed', end_time = ?, error_message = ?, claimed_by = NULL, "
               "claimed_until = NULL "
               "WHERE doc_id = ? AND stage_name = 'OCR' AND status = 'Processing' AND claimed_until < ?",
               time, given_up, doc_id, time) == 1;
}

}  // namespace

Recovery::Recovery(db::Database& database, const storage::Storage& storage, broker::Broker& broker, Options options)
    : database_(database), storage_(storage), broker_(broker), options_(std::move(options)) {}

std::size_t Recovery::step() {
    return requeue_expired_claims() + requeue_lost_messages();
}

std::size_t Recovery::requeue_expired_claims() {
    const Timestamp time = now();
    const auto expired = database_.read([&](db::Session& session) {
        return session.query_page<QueuedDocument>(
            "SELECT d.doc_id, d.filename, d.uploaded_by_user_id, d.blob_name, p.full_path, COALESCE(s.attempts, 0) "
            "FROM Processing_Status s JOIN Documents d ON d.doc_id = s.doc_id "
            "JOIN Virtual_Paths p ON p.path_id = d.path_id "
            "WHERE s.claimed_until < ? AND s.stage_name = 'OCR' AND s.status = 'Processing' "
            "ORDER BY s.claimed_until, s.status_id",
            {.limit = batch_size}, time);
    });
    std::size_t handled = 0;
    for (const QueuedDocument& row : expired) {
        const OcrMessage message = to_message(row, storage_);
        const bool last = row.attempts >= options_.jobs.max_attempts;
        const bool changed = database_.transaction([&](db::Session& session) {
            if (!(last ? give_up(session, row.doc_id, time) : requeue(session, row.doc_id, time))) {
                return false;  // Renewed after all, or another process was faster.
            }
            enqueue(session, last ? dead_queue(options_.jobs.queue_name) : options_.jobs.queue_name, row.doc_id,
                    last ? to_dead_letter(message, given_up) : to_json(message), now());
            record_event(session, row.doc_id);
            return true;
        });
        if (changed) {
            ++handled;
            log::warning("a job whose worker is gone was taken back",
                         {{"doc_id", row.doc_id}, {"attempts", row.attempts}, {"given_up", last}});
        }
    }
    return handled;
}

std::size_t Recovery::requeue_lost_messages() {
    // The cheap questions first: while the broker is away the last one could go through a long backlog, in vain.
    const Timestamp before = now() - options_.lost_after;
    if (!has_queued_before(before) || !is_queue_empty()) {
        return 0;
    }
    const auto lost = database_.read([&](db::Session& session) {
        return session.query_page<QueuedDocument>(
            "SELECT d.doc_id, d.filename, d.uploaded_by_user_id, d.blob_name, p.full_path, COALESCE(s.attempts, 0) "
            "FROM Processing_Status s JOIN Documents d ON d.doc_id = s.doc_id "
            "JOIN Virtual_Paths p ON p.path_id = d.path_id "
            "WHERE s.stage_name = 'OCR' AND s.status = 'Queued' AND s.start_time < ? "
            "AND NOT EXISTS (SELECT 1 FROM Outbox o WHERE o.doc_id = s.doc_id) ORDER BY s.doc_id",
            {.limit = batch_size}, before);
    });
    if (lost.empty()) {
        return 0;
    }
    database_.transaction([&](db::Session& session) {
        for (const QueuedDocument& document : lost) {
            enqueue(session, options_.jobs.queue_name, document.doc_id, to_json(to_message(document, storage_)), now());
        }
    });
    log::warning("queued documents had no message any more", {{"documents", lost.size()}});
    return lost.size();
}

bool Recovery::has_queued_before(Timestamp time) {
    return database_.read([&](db::Session& session) {
        return !session
                    .query_page<std::int64_t>(
                        "SELECT doc_id FROM Processing_Status WHERE stage_name = 'OCR' AND status = 'Queued' "
                        "AND start_time < ? ORDER BY doc_id",
                        {.limit = 1}, time)
                    .empty();
    });
}

/// While the queue holds any message the one in question may be among them, and it is short or moves on. What is on
/// loan is not counted: a message too many does no harm.
bool Recovery::is_queue_empty() {
    try {
        return broker_.depth(options_.jobs.queue_name) == 0;
    } catch (const std::exception& error) {
        log::debug("it cannot be seen whether messages are lost", {{"error", error.what()}});
        return false;
    }
}

}  // namespace nassaq::jobs
