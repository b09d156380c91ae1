#include "jobs/dead_jobs.hpp"

#include <boost/describe.hpp>
#include <vector>

#include "jobs/document_events.hpp"
#include "jobs/job_store.hpp"
#include "jobs/message.hpp"
#include "jobs/newest_row.hpp"
#include "jobs/outbox.hpp"
#include "jobs/queued_document.hpp"

namespace nassaq::jobs {
namespace {

constexpr std::int64_t dead_jobs_page_size = 500;

struct DeadRow {
    std::int64_t doc_id = 0;
    std::string filename;
    std::int64_t attempts = 0;
    std::optional<Timestamp> end_time;
    std::optional<std::string> error_message;
};
BOOST_DESCRIBE_STRUCT(DeadRow, (), (doc_id, filename, attempts, end_time, error_message))

}  // namespace

void visit_dead_jobs(db::Database& database, const std::function<void(const DeadJob&)>& visit) {
    std::int64_t last = 0;
    for (;;) {
        const auto rows = database.read([&](db::Session& session) {
            return session.query_page<DeadRow>(
                "SELECT d.doc_id, d.filename, COALESCE(s.attempts, 0), s.end_time, s.error_message "
                "FROM Processing_Status s JOIN Documents d ON d.doc_id = s.doc_id "
                "WHERE s.stage_name = 'OCR' AND s.status = 'Failed' AND s.doc_id > ? AND " +
                    is_newest_of_stage("s") + " ORDER BY s.doc_id",
                {.limit = dead_jobs_page_size}, last);
        });
        if (rows.empty()) {
            return;
        }
        for (const DeadRow& row : rows) {
            visit({.doc_id = row.doc_id,
                   .filename = row.filename,
                   .attempts = row.attempts,
                   .failed_at = row.end_time,
                   .reason = row.error_message.value_or("")});
        }
        last = rows.back().doc_id;
    }
}

bool retry_dead_job(db::Database& database, const storage::Storage& storage, std::string_view queue,
                    std::int64_t doc_id) {
    return database.transaction([&](db::Session& session) {
        if (!queue_failed_again(session, doc_id)) {
            return false;
        }
        const auto document = find_queued_document(session, doc_id);
        if (!document) {
            return false;
        }
        enqueue(session, queue, doc_id, to_json(to_message(*document, storage)), now(), document->user_id);
        record_event(session, doc_id);
        return true;
    });
}

}  // namespace nassaq::jobs
