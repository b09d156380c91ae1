#include "jobs/dead_jobs.hpp"

#include <fmt/format.h>

#include <boost/describe.hpp>
#include <vector>

#include "jobs/document_events.hpp"
#include "jobs/newest_row.hpp"
#include "jobs/outbox.hpp"
#include "jobs/queued_document.hpp"

namespace nassaq::jobs {
namespace {

constexpr std::int64_t dead_jobs_page_size = 500;
/// So many stale jobs are begun in one transaction.
constexpr std::int64_t stale_jobs_page_size = 100;

struct DeadRow {
    std::int64_t doc_id = 0;
    std::string filename;
    std::int64_t attempts = 0;
    std::optional<Timestamp> end_time;
    std::optional<std::string> error_message;
};
BOOST_DESCRIBE_STRUCT(DeadRow, (), (doc_id, filename, attempts, end_time, error_message))

/// A row that others have queued has never been begun by us.
constexpr std::string_view is_stale = "s.status = 'Queued' AND s.attempts IS NULL";

std::vector<QueuedDocument> find_stale(db::Session& session, const Stage& stage, std::int64_t behind) {
    return session.query_page<QueuedDocument>(
        fmt::format("{}{} AND s.doc_id > ? AND {} ORDER BY s.doc_id", select_queued_documents(session.dialect()),
                    is_stale, is_newest_of_stage("s")),
        {.limit = stale_jobs_page_size}, stage.name, behind);
}

}  // namespace

void visit_dead_jobs(db::Database& database, const Stage& stage, const std::function<void(const DeadJob&)>& visit) {
    std::int64_t last = 0;
    for (;;) {
        const auto rows = database.read([&](db::Session& session) {
            return session.query_page<DeadRow>(
                "SELECT d.doc_id, d.filename, COALESCE(s.attempts, 0), s.end_time, s.error_message "
                "FROM Processing_Status s JOIN Documents d ON d.doc_id = s.doc_id "
                "WHERE s.stage_name = CAST(? AS VARCHAR(50)) AND s.status = 'Failed' AND s.doc_id > ? AND " +
                    is_newest_of_stage("s") + " ORDER BY s.doc_id",
                {.limit = dead_jobs_page_size}, stage.name, last);
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

bool retry_dead_job(db::Database& database, const storage::Storage& storage, const Stage& stage, std::int64_t doc_id) {
    return database.transaction([&](db::Session& session) {
        const auto document = find_queued_document(session, stage.name, doc_id);
        if (!document || !begin_failed_again(session, stage, to_message(*document, stage.name, storage))) {
            return false;
        }
        record_event(session, doc_id, stage.name);
        return true;
    });
}

std::uint64_t begin_stale_jobs(db::Database& database, const storage::Storage& storage, const Stage& stage) {
    std::uint64_t begun = 0;
    for (std::int64_t last = 0;;) {
        const auto documents = database.transaction([&](db::Session& session) {
            auto found = find_stale(session, stage, last);
            for (const QueuedDocument& document : found) {
                begin(session, stage, to_message(document, stage.name, storage), Priority::low);
            }
            return found;
        });
        if (documents.empty()) {
            return begun;
        }
        begun += documents.size();
        last = documents.back().doc_id;
    }
}

}  // namespace nassaq::jobs
