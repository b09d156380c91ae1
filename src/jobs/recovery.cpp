#include "jobs/recovery.hpp"

#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "jobs/document_events.hpp"
#include "jobs/message.hpp"
#include "jobs/outbox.hpp"

namespace nassaq::jobs {
namespace {

constexpr std::int64_t batch_size = 100;

constexpr const char* given_up = "Processing this document ended the worker several times, so it is not tried again.";

struct StrandedRow {
    std::int64_t doc_id = 0;
    std::string filename;
    std::int64_t user_id = 0;
    std::optional<std::string> blob_name;
    std::string full_path;
    std::int64_t attempts = 0;
};
BOOST_DESCRIBE_STRUCT(StrandedRow, (), (doc_id, filename, user_id, blob_name, full_path, attempts))

/// The message that the upload has written, once more. A row of the Python platform does not name its blob.
OcrMessage to_message(const StrandedRow& row, const storage::Storage& storage) {
    const std::string derived = row.full_path == "/" ? row.filename : row.full_path + "/" + row.filename;
    return {.doc_id = row.doc_id,
            .file_path = storage.url(row.blob_name.value_or(derived)),
            .filename = row.filename,
            .user_id = row.user_id};
}

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

Recovery::Recovery(db::Database& database, const storage::Storage& storage, Options options)
    : database_(database), storage_(storage), options_(std::move(options)) {}

std::size_t Recovery::step() {
    return requeue_expired_claims() + (options_.embedded_queue ? requeue_lost_messages() : 0);
}

std::size_t Recovery::requeue_expired_claims() {
    const Timestamp time = now();
    const auto expired = database_.read([&](db::Session& session) {
        return session.query_page<StrandedRow>(
            "SELECT d.doc_id, d.filename, d.uploaded_by_user_id, d.blob_name, p.full_path, COALESCE(s.attempts, 0) "
            "FROM Processing_Status s JOIN Documents d ON d.doc_id = s.doc_id "
            "JOIN Virtual_Paths p ON p.path_id = d.path_id "
            "WHERE s.claimed_until < ? AND s.stage_name = 'OCR' AND s.status = 'Processing' "
            "ORDER BY s.claimed_until, s.status_id",
            {.limit = batch_size}, time);
    });
    std::size_t handled = 0;
    for (const StrandedRow& row : expired) {
        const OcrMessage message = to_message(row, storage_);
        const bool last = row.attempts >= options_.jobs.max_attempts;
        const bool changed = database_.transaction([&](db::Session& session) {
            if (!(last ? give_up(session, row.doc_id, time) : requeue(session, row.doc_id, time))) {
                return false;  // Renewed after all, or another process was faster.
            }
            record_event(session, row.doc_id);
            enqueue(session, last ? dead_queue(options_.jobs.queue_name) : options_.jobs.queue_name, row.doc_id,
                    last ? to_dead_letter(message, given_up) : to_json(message), now());
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

/// While the queue holds any message the one in question may be among them, and it is short or moves on; so only an
/// empty queue is looked into. A message too many does no harm.
std::size_t Recovery::requeue_lost_messages() {
    const auto lost = database_.read([&](db::Session& session) -> std::vector<StrandedRow> {
        const auto waiting =
            session.query_page<std::int64_t>("SELECT job_id FROM Job_Queue WHERE queue_name = ? ORDER BY job_id",
                                             {.limit = 1}, options_.jobs.queue_name);
        if (!waiting.empty()) {
            return {};
        }
        return session.query_page<StrandedRow>(
            "SELECT d.doc_id, d.filename, d.uploaded_by_user_id, d.blob_name, p.full_path, COALESCE(s.attempts, 0) "
            "FROM Processing_Status s JOIN Documents d ON d.doc_id = s.doc_id "
            "JOIN Virtual_Paths p ON p.path_id = d.path_id "
            "WHERE s.stage_name = 'OCR' AND s.status = 'Queued' AND s.start_time < ? "
            "AND NOT EXISTS (SELECT 1 FROM Outbox o WHERE o.doc_id = s.doc_id) ORDER BY s.doc_id",
            {.limit = batch_size}, now() - options_.lost_after);
    });
    if (lost.empty()) {
        return 0;
    }
    database_.transaction([&](db::Session& session) {
        for (const StrandedRow& row : lost) {
            enqueue(session, options_.jobs.queue_name, row.doc_id, to_json(to_message(row, storage_)), now());
        }
    });
    log::warning("queued documents had no message any more", {{"documents", lost.size()}});
    return lost.size();
}

}  // namespace nassaq::jobs
