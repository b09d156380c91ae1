#include "jobs/outbox.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/describe.hpp>
#include <iterator>
#include <map>
#include <ranges>
#include <span>
#include <utility>

#include "base/log.hpp"
#include "base/text.hpp"
#include "db/dialect.hpp"
#include "db/id_list.hpp"

namespace nassaq::jobs {
namespace {

/// How often the relay looks for messages whose time has come and for those of other processes.
constexpr std::chrono::milliseconds relay_poll_interval{1000};
/// The same while a user has messages that wait for their turn: a worker that is no process of ours tells nobody that
/// it has begun. Often while jobs are short, and less often when they turn out to be long.
std::chrono::milliseconds turn_interval(int vain_looks) {
    constexpr std::chrono::milliseconds shortest{10};
    constexpr std::chrono::milliseconds longest{250};
    return std::min(longest, shortest * (1 << std::clamp(vain_looks, 0, 8)));
}

/// A message that was refused is tried again when it is twice as old, but neither before nor after these.
constexpr std::chrono::seconds shortest_retry_delay{10};
constexpr std::chrono::hours longest_retry_delay{1};

using Ids = std::vector<std::int64_t>;

void remove(db::Database& database, const Ids& ids) {
    const db::IdList list(ids);
    database.execute_with(fmt::format("DELETE FROM Outbox WHERE outbox_id IN {}", list.places), list.ids);
}

void give_up_claims(db::Database& database, const Ids& ids) {
    const db::IdList list(ids);
    database.execute_with(fmt::format("UPDATE Outbox SET claimed_until = NULL WHERE outbox_id IN {}", list.places),
                          list.ids);
}

/// Until it is twice as old as now, so that the waits grow without being counted.
void postpone(db::Database& database, std::int64_t id) {
    const Timestamp time = now();
    database.transaction([&](db::Session& session) {
        const auto created_at =
            session.find<Timestamp>("SELECT created_at FROM Outbox WHERE outbox_id = ?", id).value_or(time);
        const auto delay =
            std::clamp<Timestamp::duration>(time - created_at, shortest_retry_delay, longest_retry_delay);
        session.execute("UPDATE Outbox SET available_at = ?, claimed_until = NULL WHERE outbox_id = ?", time + delay,
                        id);
    });
}

std::int64_t id_of(const std::string& message_id) {
    return text::parse_integer(message_id).value_or(0);
}

}  // namespace

struct OutboxRelay::Row {
    std::int64_t outbox_id = 0;
    std::string queue_name;
    std::string body;

    BOOST_DESCRIBE_CLASS(Row, (), (outbox_id, queue_name, body), (), ())

    /// Claims those of the ids that are still free: another relay may have been faster. In the order of the ids.
    static std::vector<Row> claim(db::Session& session, const Ids& ids, Timestamp time) {
        // What is claimed for longer than a lease was claimed by a clock that was ahead.
        const db::IdList list(ids);
        std::vector<db::Parameter> parameters{time + lease, time, time + 2 * lease};
        std::ranges::copy(list.ids, std::back_inserter(parameters));
        auto rows = session.query_with<Row>(
            db::update_returning(
                session.dialect(), "Outbox", "claimed_until = ?",
                fmt::format("(claimed_until IS NULL OR claimed_until < ? OR claimed_until > ?) AND outbox_id IN {}",
                            list.places),
                {"outbox_id", "queue_name", "body"}),
            parameters);
        std::ranges::sort(rows, {}, &Row::outbox_id);
        return rows;
    }
};

void enqueue(db::Session& transaction, std::string_view queue, std::optional<std::int64_t> doc_id,
             std::string_view body, Timestamp available_at, std::int64_t user_id) {
    transaction.execute_later(
        "INSERT INTO Outbox (queue_name, doc_id, body, created_at, available_at, user_id) VALUES (?, ?, ?, ?, ?, ?)",
        queue, doc_id, body, now(), available_at, user_id);
}

std::string_view note_of(db::Dialect dialect) {
    switch (dialect) {
        case db::Dialect::postgres:
            return "doc_id IS NULL AND queue_name = ? AND md5(body) = md5(?) AND body = ?";
        case db::Dialect::mssql:
            return "queue_name = ? AND body_digest = HASHBYTES(N'SHA2_256', CAST(? AS NVARCHAR(MAX))) AND body = ?";
        case db::Dialect::sqlite:
            break;
    }
    return "doc_id IS NULL AND queue_name = ? AND body = ? AND body = ?";
}

OutboxRelay::OutboxRelay(db::Database& database, broker::Broker& broker, const Stages& stages, Backoff backoff)
    : database_(database), broker_(broker), stages_(stages), backoff_(backoff), not_before_(Clock::now()) {}

std::size_t OutboxRelay::step() {
    if (is_closed() || !is_open_again()) {
        return 0;
    }
    return publish(claim_batch());
}

std::vector<OutboxRelay::Row> OutboxRelay::claim_batch() {
    constexpr int most_tries = 10;
    const std::scoped_lock lock(claiming_);
    for (int tries = 1;; ++tries) {
        const DueMessages due = find_due();
        has_held_back_ = due.has_held_back;
        if (due.messages.empty()) {
            ++vain_looks_;
            return {};
        }
        auto rows = claim(due.messages);
        // When another relay has taken all of them there may be more behind those.
        if (!rows.empty() || tries == most_tries) {
            vain_looks_ = 0;
            return rows;
        }
    }
}

DueMessages OutboxRelay::find_due() {
    DueSearch search{.time = now(), .lease = lease, .limit = batch_size, .behind_user = last_user_};
    const auto find = [&] {
        return database_.read([&](db::Session& session) { return find_due_messages(session, stages_, search); });
    };
    DueMessages due = find();
    if (due.messages.empty() && due.queue_in_question && is_empty(*due.queue_in_question)) {
        // Taken, and the worker has not told of it yet, or lost: nobody waits behind it in either case.
        search.patience = std::chrono::seconds{1};
        due = find();
    }
    last_user_ = due.last_user;
    return due;
}

/// Nothing when another relay has been faster: it is seen the next time.
std::vector<OutboxRelay::Row> OutboxRelay::claim(const std::vector<DueMessage>& messages) {
    const Timestamp time = now();
    try {
        return database_.transaction([&](db::Session& session) {
            const Ids ids = take_turns(session, messages, time);
            return ids.empty() ? std::vector<Row>() : Row::claim(session, ids, time);
        });
    } catch (const db::Error& error) {
        if (error.kind() != db::ErrorKind::unique_violation) {
            throw;
        }
        return {};
    }
}

/// Asks at most once a second, and takes an answer that it does not get for a no.
bool OutboxRelay::is_empty(const std::string& queue) {
    constexpr std::chrono::seconds interval{1};
    {
        const std::scoped_lock lock(mutex_);
        if (Clock::now() < next_question_) {
            return false;
        }
        next_question_ = Clock::now() + interval;
    }
    try {
        return broker_.depth(queue) == 0;
    } catch (const std::exception& error) {
        log::debug("it cannot be seen whether a queue is empty", {{"queue", queue}, {"error", error.what()}});
        return false;
    }
}

bool OutboxRelay::is_closed() {
    const std::scoped_lock lock(mutex_);
    return Clock::now() < not_before_;
}

/// After a failure it asks before it claims: an outage must not cost the database a write every few seconds.
bool OutboxRelay::is_open_again() {
    {
        const std::scoped_lock lock(mutex_);
        if (failures_ == 0) {
            return true;
        }
    }
    try {
        broker_.check();
        return true;
    } catch (const std::exception& error) {
        note_failure(error);
        return false;
    }
}

std::size_t OutboxRelay::publish(std::vector<Row> rows) {
    std::map<std::string, std::vector<broker::Message>> by_queue;
    for (Row& row : rows) {
        by_queue[row.queue_name].push_back({.id = std::to_string(row.outbox_id), .body = std::move(row.body)});
    }
    std::size_t count = 0;
    for (auto& [queue, messages] : by_queue) {
        count += publish(queue, std::move(messages));
    }
    return count;
}

std::size_t OutboxRelay::publish(const std::string& queue, std::vector<broker::Message> messages) {
    Ids ids;
    std::ranges::transform(messages, std::back_inserter(ids),
                           [](const broker::Message& message) { return id_of(message.id); });
    std::vector<broker::Refusal> refusals;
    try {
        refusals = broker_.publish(queue, messages);
    } catch (const std::exception& error) {
        note_failure(error);
        give_up_claims(database_, ids);
        return 0;
    }
    {
        const std::scoped_lock lock(mutex_);
        failures_ = 0;
    }
    for (const broker::Refusal& refusal : refusals) {
        log::error("the broker refuses a message; it waits in the outbox",
                   {{"outbox_id", refusal.message_id}, {"queue", queue}, {"reason", refusal.reason}});
        postpone(database_, id_of(refusal.message_id));
        std::erase(ids, id_of(refusal.message_id));
    }
    if (!ids.empty()) {
        // When this fails they are published again, under the same ids: at least once.
        remove(database_, ids);
    }
    published_ += ids.size();
    return ids.size();
}

void OutboxRelay::note_failure(const std::exception& error) {
    const std::scoped_lock lock(mutex_);
    const auto delay = backoff_.delay(++failures_);
    not_before_ = Clock::now() + delay;
    log::warning("the broker takes no messages now; they wait in the outbox",
                 {{"error", error.what()}, {"failures", failures_}, {"next_try_ms", delay.count()}});
}

void OutboxRelay::wait(std::stop_token stop) {
    std::chrono::milliseconds closed{};
    {
        const std::scoped_lock lock(mutex_);
        closed = std::chrono::ceil<std::chrono::milliseconds>(not_before_ - Clock::now());
    }
    if (closed.count() > 0) {
        pause(std::move(stop), closed);
    } else {
        wakeup_.wait(std::move(stop), has_held_back_ ? turn_interval(vain_looks_) : relay_poll_interval);
    }
}

std::uint64_t OutboxRelay::depth() {
    return database_.read([](db::Session& session) {
        return session.get<std::uint64_t>("SELECT COUNT(*) FROM Outbox WHERE queue_name NOT IN (?, ?)",
                                          blob_deletion_queue, text_deletion_queue);
    });
}

std::chrono::milliseconds OutboxRelay::lag() {
    const Timestamp time = now();
    const auto due = database_.read([&](db::Session& session) {
        return find_due_messages(session, stages_, {.time = time, .lease = lease, .limit = 1}).messages;
    });
    const auto oldest = std::ranges::min_element(due, {}, &DueMessage::available_at);
    return oldest == due.end() ? std::chrono::milliseconds{0}
                               : std::chrono::floor<std::chrono::milliseconds>(time - oldest->available_at);
}

}  // namespace nassaq::jobs
