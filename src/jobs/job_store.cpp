#include "jobs/job_store.hpp"

#include <fmt/format.h>

#include <boost/describe.hpp>
#include <expected>
#include <stdexcept>
#include <string>
#include <utility>

#include "base/clock.hpp"
#include "files/old_place.hpp"
#include "files/store.hpp"
#include "jobs/document_events.hpp"
#include "jobs/newest_row.hpp"
#include "jobs/outbox.hpp"

namespace nassaq::jobs {
namespace {

/// How often the end of a job is tried whose document changes meanwhile.
constexpr int most_rounds = 10;

/// Which row is meant of those that jobs change. Its values: the document, the stage, and the claim.
constexpr std::string_view while_claimed =
    "WHERE doc_id = ? AND stage_name = CAST(? AS VARCHAR(50)) AND status = 'Processing' AND claimed_by = ?";

struct ClaimedRow {
    std::int64_t attempts = 0;
    std::string filename;
    std::optional<std::string> file_type;
    std::optional<std::string> sha256;
    std::string place;
    std::int64_t version = 1;
};
BOOST_DESCRIBE_STRUCT(ClaimedRow, (), (attempts, filename, file_type, sha256, place, version))

bool is_queued(db::Session& session, const Stage& stage, std::int64_t doc_id) {
    return session
        .find<std::int64_t>(
            "SELECT doc_id FROM Processing_Status WHERE doc_id = ? AND stage_name = CAST(? AS VARCHAR(50)) "
            "AND status = 'Queued'",
            doc_id, stage.name)
        .has_value();
}

/// Only what is for later: the message that a worker has just received is in the outbox still, until the relay that
/// published it has come to delete it.
bool has_message_after(db::Session& session, const Stage& stage, std::int64_t doc_id, Timestamp time) {
    return !session
                .query_page<std::int64_t>(
                    "SELECT outbox_id FROM Outbox WHERE doc_id = ? AND queue_name = ? "
                    "AND available_at > ? ORDER BY outbox_id",
                    {.limit = 1}, doc_id, stage.queue, time)
                .empty();
}

bool end_as_finished(db::Session& session, const Job& job) {
    return session.execute(fmt::format("UPDATE Processing_Status SET status = 'Finished', end_time = ?, "
                                       "error_message = NULL, claimed_by = NULL, claimed_until = NULL {}",
                                       while_claimed),
                           now(), job.doc_id, job.stage, job.claim) == 1;
}

bool end_as_failed(db::Session& session, const Job& job, std::string_view reason) {
    return session.execute(fmt::format("UPDATE Processing_Status SET status = 'Failed', end_time = ?, "
                                       "error_message = ?, claimed_by = NULL, claimed_until = NULL {}",
                                       while_claimed),
                           now(), reason, job.doc_id, job.stage, job.claim) == 1;
}

bool put_back(db::Session& session, const Job& job, std::int64_t attempts) {
    return session.execute(fmt::format("UPDATE Processing_Status SET status = 'Queued', attempts = ?, "
                                       "claimed_by = NULL, claimed_until = NULL {}",
                                       while_claimed),
                           attempts, job.doc_id, job.stage, job.claim) == 1;
}

}  // namespace

JobStore::JobStore(db::Database& database, const Stages& stages, const Stage& stage)
    : database_(database), stages_(stages), stage_(stage) {}

bool JobStore::postpone(const JobMessage& message) {
    if (!stage_.may_begin_at) {
        return false;
    }
    const auto later =
        database_.read([&](db::Session& session) { return stage_.may_begin_at(session, message.doc_id); });
    if (!later) {
        return false;
    }
    const Timestamp time = now();
    database_.transaction([&](db::Session& session) {
        // A message that came twice must not become two that wait.
        if (is_queued(session, stage_, message.doc_id) && !has_message_after(session, stage_, message.doc_id, time)) {
            send(session, stage_, message, *later);
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
            "WHERE doc_id = ? AND stage_name = CAST(? AS VARCHAR(50)) AND status = 'Queued' AND " +
                is_newest_of_stage("Processing_Status"),
            time, claim, time + stage_.lease, doc_id, stage_.name);
        if (changed == 0) {
            return std::nullopt;
        }
        auto claimed = session.find<ClaimedRow>(
            fmt::format("SELECT s.attempts, d.filename, d.file_type, d.sha256, {}, COALESCE(f.version, 1) "
                        "FROM Processing_Status s JOIN Documents d ON d.doc_id = s.doc_id "
                        "JOIN Virtual_Paths p ON p.path_id = d.path_id {} "
                        "WHERE s.doc_id = ? AND s.stage_name = CAST(? AS VARCHAR(50)) AND s.claimed_by = ?",
                        files::current_place(session.dialect()), files::joined_with_current),
            doc_id, stage_.name, claim);
        record_event(session, doc_id, stage_.name);
        return claimed;
    });
    if (!row) {
        return std::nullopt;
    }
    return Job{.stage = stage_.name,
               .doc_id = doc_id,
               .claim = std::string(claim),
               .attempts = row->attempts,
               .filename = std::move(row->filename),
               .file_type = std::move(row->file_type),
               .sha256 = std::move(row->sha256),
               .place = std::move(row->place),
               .version = row->version};
}

bool JobStore::renew(std::int64_t doc_id, std::string_view claim) {
    return database_.execute(fmt::format("UPDATE Processing_Status SET claimed_until = ? {}", while_claimed),
                             now() + stage_.lease, doc_id, stage_.name, claim) == 1;
}

bool JobStore::report(const Job& job, const Progress& progress) {
    return database_.transaction([&](db::Session& session) {
        const std::int64_t changed =
            session.execute(fmt::format("UPDATE Processing_Status SET pages_done = ?, pages = ? {}", while_claimed),
                            progress.done, progress.total, job.doc_id, job.stage, job.claim);
        if (changed > 0) {
            record_event(session, job.doc_id, job.stage);
        }
        return changed > 0;
    });
}

bool JobStore::is_claimed(db::Session& session, const Job& job) {
    return session
        .find<std::int64_t>(fmt::format("SELECT doc_id FROM Processing_Status {}", while_claimed), job.doc_id,
                            job.stage, job.claim)
        .has_value();
}

bool JobStore::finish(const Job& job, const JobMessage& message, const PrepareResult& prepare) {
    for (int round = 0; round < most_rounds; ++round) {
        switch (try_to_finish(job, message, prepare)) {
            case Ending::finished:
                return true;
            case Ending::not_ours:
                return false;
            case Ending::outdated:
                break;
        }
        if (!database_.read([&](db::Session& session) { return is_claimed(session, job); })) {
            return false;
        }
    }
    throw std::runtime_error("the document changes all the time");
}

JobStore::Ending JobStore::try_to_finish(const Job& job, const JobMessage& message, const PrepareResult& prepare) {
    try {
        const auto write = prepare();
        if (!write) {
            return Ending::not_ours;
        }
        const auto finished = database_.transaction([&](db::Session& session) -> std::expected<void, Ending> {
            if (!(*write)(session)) {
                return std::unexpected(Ending::outdated);
            }
            // Only here, because the row that it changes is read by every list, and by the heartbeat.
            if (!end_as_finished(session, job)) {
                return std::unexpected(Ending::not_ours);
            }
            const auto following = stages_.after(stage_.name);
            for (const Stage* next : following) {
                begin(session, *next, message_for(*next, message));
            }
            record_event(session, job.doc_id, job.stage);
            for (const Stage* next : following) {
                record_event(session, job.doc_id, next->name);
            }
            return {};
        });
        return finished ? Ending::finished : finished.error();
    } catch (const db::Error& error) {
        // It was deleted, or changed by somebody else, while this transaction ran.
        if (error.kind() != db::ErrorKind::foreign_key_violation && error.kind() != db::ErrorKind::unique_violation) {
            throw;
        }
        return Ending::outdated;
    }
}

bool JobStore::retry(const Job& job, const JobMessage& message, std::string_view reason) {
    if (job.attempts >= stage_.max_attempts) {
        return fail(job, message, reason);
    }
    return queue_once_more(job, message, job.attempts, now() + stage_.backoff.delay(job.attempts));
}

bool JobStore::hand_back(const Job& job, const JobMessage& message) {
    return queue_once_more(job, message, job.attempts - 1, now());
}

bool JobStore::queue_once_more(const Job& job, const JobMessage& message, std::int64_t attempts,
                               Timestamp available_at) {
    return database_.transaction([&](db::Session& session) {
        if (!put_back(session, job, attempts)) {
            return false;
        }
        send(session, stage_, message, available_at);
        record_event(session, job.doc_id, job.stage);
        return true;
    });
}

bool JobStore::fail(const Job& job, const JobMessage& message, std::string_view reason) {
    return database_.transaction([&](db::Session& session) {
        if (!end_as_failed(session, job, reason)) {
            return false;
        }
        enqueue(session, dead_queue(stage_.queue), job.doc_id, to_dead_letter(message, reason), now());
        record_event(session, job.doc_id, job.stage);
        return true;
    });
}

bool JobStore::has_document(std::int64_t doc_id) {
    return database_.read([&](db::Session& session) {
        return session
            .find<std::int64_t>(
                "SELECT doc_id FROM Documents WHERE doc_id = ? UNION ALL "
                "SELECT doc_id FROM Trashed_Documents WHERE doc_id = ?",
                doc_id, doc_id)
            .has_value();
    });
}

}  // namespace nassaq::jobs
