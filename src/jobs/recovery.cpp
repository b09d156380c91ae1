#include "jobs/recovery.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/describe.hpp>
#include <cstdint>
#include <exception>
#include <iterator>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "files/old_place.hpp"
#include "files/store.hpp"
#include "jobs/document_events.hpp"
#include "jobs/message.hpp"
#include "jobs/newest_row.hpp"
#include "jobs/outbox.hpp"
#include "jobs/queued_document.hpp"
#include "ocr/reason.hpp"

namespace nassaq::jobs {
namespace {

constexpr std::int64_t recovery_batch_size = 100;

/// So many queued documents are looked at in a step for whether they have a message.
constexpr std::int64_t queued_at_a_time = 2'000;
constexpr std::int64_t all_documents = std::numeric_limits<std::int64_t>::max();

/// What is written to be later than this was written by a clock that was ahead.
constexpr std::chrono::minutes longest_skew{1};

/// A claim that has been renewed since it was read ends a heartbeat later; times may be kept to some milliseconds only.
constexpr std::string_view while_not_renewed =
    "WHERE doc_id = ? AND stage_name = CAST(? AS VARCHAR(50)) AND status = 'Processing' AND claimed_by = ? "
    "AND claimed_until < ?";

std::chrono::milliseconds longest_lease(const Stages& stages) {
    return std::ranges::max(stages.all(), {}, &Stage::lease).lease;
}

/// Where the next queued documents end.
std::int64_t find_last_of_queued(db::Session& session, const Stage& stage, std::int64_t behind) {
    const auto last = session.query_page<std::int64_t>(
        "SELECT doc_id FROM Processing_Status WHERE stage_name = CAST(? AS VARCHAR(50)) AND status = 'Queued' "
        "AND doc_id > ? ORDER BY doc_id",
        {.skip = queued_at_a_time - 1, .limit = 1}, stage.name, behind);
    return last.empty() ? all_documents : last.front();
}

}  // namespace

/// A claim that may be over, and what the document's next message is made of.
struct Recovery::Claim {
    std::int64_t status_id = 0;
    std::string stage;
    std::string claimed_by;
    Timestamp claimed_until;
    std::int64_t doc_id = 0;
    std::string filename;
    std::int64_t user_id = 0;
    std::string place;
    std::int64_t attempts = 0;
    BOOST_DESCRIBE_CLASS(Claim, (),
                         (status_id, stage, claimed_by, claimed_until, doc_id, filename, user_id, place, attempts), (),
                         ())

    [[nodiscard]] JobMessage message(const storage::Storage& storage) const {
        return to_message(
            {.doc_id = doc_id, .filename = filename, .user_id = user_id, .place = place, .attempts = attempts}, stage,
            storage);
    }

    static std::vector<Claim> find(db::Session& session, std::string_view condition, Timestamp time) {
        return session.query_page<Claim>(
            fmt::format("SELECT s.status_id, s.stage_name, COALESCE(s.claimed_by, ''), s.claimed_until, d.doc_id, "
                        "d.filename, d.uploaded_by_user_id, {}, COALESCE(s.attempts, 0) "
                        "FROM Processing_Status s JOIN Documents d ON d.doc_id = s.doc_id "
                        "JOIN Virtual_Paths p ON p.path_id = d.path_id {} "
                        "WHERE {} AND s.status = 'Processing' ORDER BY s.claimed_until, s.status_id",
                        files::current_place(session.dialect()), files::joined_with_current, condition),
            {.limit = recovery_batch_size}, time);
    }
};

Recovery::Recovery(db::Database& database, const storage::Storage& storage, broker::Broker& broker,
                   const Stages& stages, std::chrono::seconds lost_after)
    : database_(database),
      storage_(storage),
      broker_(broker),
      stages_(stages),
      lost_after_(lost_after),
      watch_(longest_lease(stages)) {}

std::size_t Recovery::step() {
    bring_forward_messages();
    return requeue_expired_claims() + requeue_lost_messages();
}

std::size_t Recovery::requeue_expired_claims() {
    std::size_t handled = 0;
    for (const Claim& claim : find_expired(now())) {
        const Stage* stage = stages_.find(claim.stage);
        // What another installation does on this database is left to it.
        handled += stage != nullptr && take_back(claim, *stage) ? 1 : 0;
    }
    return handled;
}

std::vector<Recovery::Claim> Recovery::find_expired(Timestamp time) {
    auto expired =
        database_.read([&](db::Session& session) { return Claim::find(session, "s.claimed_until < ?", time); });
    auto ahead = database_.read([&](db::Session& session) {
        return Claim::find(session, "s.claimed_until > ?", time + longest_lease(stages_));
    });
    std::erase_if(ahead, [&](const Claim& claim) { return !watch_.is_over(claim.status_id, claim.claimed_until); });
    std::ranges::move(ahead, std::back_inserter(expired));
    return expired;
}

/// @return false when it was renewed after all, or another process was faster.
bool Recovery::take_back(const Claim& claim, const Stage& stage) {
    const JobMessage message = claim.message(storage_);
    const bool last = claim.attempts >= stage.max_attempts;
    const Timestamp before = claim.claimed_until + std::chrono::seconds{1};
    const std::string given_up = ocr::text_of(ocr::Reason::given_up);
    const bool changed = database_.transaction([&](db::Session& session) {
        const std::int64_t rows =
            last ? session.execute(std::string("UPDATE Processing_Status SET status = 'Failed', end_time = ?, "
                                               "error_message = ?, claimed_by = NULL, claimed_until = NULL ")
                                       .append(while_not_renewed),
                                   now(), given_up, claim.doc_id, claim.stage, claim.claimed_by, before)
                 : session.execute(std::string("UPDATE Processing_Status SET status = 'Queued', claimed_by = NULL, "
                                               "claimed_until = NULL ")
                                       .append(while_not_renewed),
                                   claim.doc_id, claim.stage, claim.claimed_by, before);
        if (rows == 0) {
            return false;
        }
        if (last) {
            enqueue(session, dead_queue(stage.queue), claim.doc_id, to_dead_letter(message, given_up), now());
        } else {
            send(session, stage, message, now());
        }
        record_event(session, claim.doc_id, claim.stage);
        return true;
    });
    if (changed) {
        log::warning(
            "a job whose worker is gone was taken back",
            {{"doc_id", claim.doc_id}, {"stage", claim.stage}, {"attempts", claim.attempts}, {"given_up", last}});
    }
    return changed;
}

std::size_t Recovery::bring_forward_messages() {
    const Timestamp time = now();
    const Timestamp ahead = time + longest_skew;
    const auto ids = database_.read([&](db::Session& session) {
        return session.query_page<std::int64_t>(
            "SELECT outbox_id FROM Outbox WHERE available_at > ? AND created_at > ? ORDER BY available_at, outbox_id",
            {.limit = recovery_batch_size}, ahead, ahead);
    });
    if (ids.empty()) {
        return 0;
    }
    database_.transaction([&](db::Session& session) {
        for (const std::int64_t id : ids) {
            session.execute("UPDATE Outbox SET created_at = ?, available_at = ? WHERE outbox_id = ?", time, time, id);
        }
    });
    log::warning("messages of a clock that was ahead are due now", {{"messages", ids.size()}});
    return ids.size();
}

std::size_t Recovery::requeue_lost_messages() {
    std::size_t requeued = 0;
    for (const Stage& stage : stages_.all()) {
        requeued += requeue_lost_messages_of(stage);
    }
    return requeued;
}

std::size_t Recovery::requeue_lost_messages_of(const Stage& stage) {
    // The cheap questions first: while the broker is away the last one could go through a long backlog, in vain.
    const Timestamp before = now() - lost_after_;
    if (!has_queued_before(stage, before) || !is_queue_empty(stage)) {
        return 0;
    }
    const std::int64_t behind = asked_after_[stage.name];
    const std::int64_t last =
        database_.read([&](db::Session& session) { return find_last_of_queued(session, stage, behind); });
    const auto lost = database_.read([&](db::Session& session) {
        return session.query_page<QueuedDocument>(
            fmt::format("{}{} AND s.doc_id > ? AND s.doc_id <= ? AND (s.start_time < ? OR s.start_time > ?) "
                        "AND NOT EXISTS (SELECT 1 FROM Outbox o WHERE o.doc_id = s.doc_id AND o.queue_name = ?) "
                        "AND {} ORDER BY s.doc_id",
                        select_queued_documents(session.dialect()), is_queued_for(stage), is_newest_of_stage("s")),
            {.limit = recovery_batch_size}, stage.name, behind, last, before, now() + longest_skew, stage.queue);
    });
    // The rest of a batch that was full comes at the next round.
    asked_after_[stage.name] = last == all_documents ? 0 : last;
    if (lost.empty()) {
        return 0;
    }
    database_.transaction([&](db::Session& session) {
        for (const QueuedDocument& document : lost) {
            send(session, stage, to_message(document, stage.name, storage_), now());
        }
    });
    log::warning("queued documents had no message any more", {{"documents", lost.size()}, {"stage", stage.name}});
    return lost.size();
}

bool Recovery::has_queued_before(const Stage& stage, Timestamp time) {
    return database_.read([&](db::Session& session) {
        return !session
                    .query_page<std::int64_t>(
                        fmt::format("SELECT s.doc_id FROM Processing_Status s "
                                    "WHERE s.stage_name = CAST(? AS VARCHAR(50)) AND {} "
                                    "AND (s.start_time < ? OR s.start_time > ?) ORDER BY s.doc_id",
                                    is_queued_for(stage)),
                        {.limit = 1}, stage.name, time, now() + longest_skew)
                    .empty();
    });
}

/// While the queue holds any message the one in question may be among them, and it is short or moves on. What is on
/// loan is not counted: a message too many does no harm.
bool Recovery::is_queue_empty(const Stage& stage) {
    try {
        return broker_.depth(stage.queue) == 0;
    } catch (const std::exception& error) {
        log::debug("it cannot be seen whether messages are lost", {{"error", error.what()}});
        return false;
    }
}

}  // namespace nassaq::jobs
