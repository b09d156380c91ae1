#include "broker/embedded.hpp"

#include <fmt/format.h>

#include <boost/describe.hpp>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.hpp"
#include "base/id.hpp"
#include "base/text.hpp"
#include "db/dialect.hpp"

namespace nassaq::broker {
namespace {

/// How long a message stays hidden after it has been delivered.
constexpr std::chrono::seconds lease{60};
/// How often a consumer looks for what other processes have published, and for messages whose lease has ended.
constexpr std::chrono::seconds poll_interval{1};

constexpr int most_publish_tries = 10;

struct QueuedMessage {
    std::int64_t job_id = 0;
    std::int64_t deliveries = 0;
    std::string message_id;
    std::string body;
    std::int64_t user_id = 0;
};
BOOST_DESCRIBE_STRUCT(QueuedMessage, (), (job_id, deliveries, message_id, body, user_id))

/// A delivery's handle: which message, and which of its deliveries.
struct Handle {
    std::int64_t job_id = 0;
    std::int64_t deliveries = 0;

    [[nodiscard]] std::string to_string() const { return std::to_string(job_id) + ":" + std::to_string(deliveries); }

    static Handle parse(std::string_view written) {
        const std::size_t colon = written.find(':');
        const auto job_id = text::parse_integer(written.substr(0, colon));
        const auto deliveries =
            colon == std::string_view::npos ? std::nullopt : text::parse_integer(written.substr(colon + 1));
        if (!job_id || !deliveries) {
            throw std::invalid_argument("not a delivery of the embedded queue: " + std::string(written));
        }
        return {.job_id = *job_id, .deliveries = *deliveries};
    }
};

/// No lease that is going on ends later. One that does was taken by a clock that was ahead, and is over: should it go
/// on all the same, the message is delivered once more.
Timestamp latest_end(Timestamp time) {
    return time + 2 * lease;
}

/// Which messages may be taken, the most urgent first, each with what its condition needs behind the queue's name: the
/// oldest whose lease has ended, or was taken by a clock that was ahead (the time), and of those that have never been
/// delivered the oldest of the next user in turn (the queue, the user before, and the queue once more). By themselves,
/// because each is then one entry of the index, whatever the length of the queue.
constexpr std::string_view is_over = "claimed_until < ?";
constexpr std::string_view is_ahead = "claimed_until > ?";
constexpr std::string_view is_next_in_turn =
    "claimed_until IS NULL AND user_id = COALESCE("
    "(SELECT MIN(user_id) FROM Job_Queue WHERE queue_name = ? AND claimed_until IS NULL AND user_id > ?), "
    "(SELECT MIN(user_id) FROM Job_Queue WHERE queue_name = ? AND claimed_until IS NULL AND user_id >= 0), "
    "(SELECT MIN(user_id) FROM Job_Queue WHERE queue_name = ? AND claimed_until IS NULL))";

/// A subquery for the first message of that kind which nobody else is about to take: whom one passes over has it soon.
/// postgresql.org/docs/15/sql-select.html, "The Locking Clause"; learn.microsoft.com, "Table hints (Transact-SQL)".
std::string first_free(db::Dialect dialect, std::string_view condition) {
    constexpr std::string_view where = "WHERE queue_name = ? AND";
    constexpr std::string_view order = "ORDER BY claimed_until, user_id, job_id";
    if (dialect == db::Dialect::mssql) {
        return fmt::format("(SELECT TOP (1) job_id FROM Job_Queue WITH (READPAST, UPDLOCK, ROWLOCK) {} {} {})", where,
                           condition, order);
    }
    return fmt::format("(SELECT job_id FROM Job_Queue {} {} {} LIMIT 1{})", where, condition, order,
                       dialect == db::Dialect::postgres ? " FOR UPDATE SKIP LOCKED" : "");
}

/// SQL Server would run what it is given by COALESCE twice.
std::string first_of_all(db::Dialect dialect) {
    const std::string ended = first_free(dialect, is_over);
    const std::string ahead = first_free(dialect, is_ahead);
    const std::string fresh = first_free(dialect, is_next_in_turn);
    return dialect == db::Dialect::mssql ? fmt::format("ISNULL({}, ISNULL({}, {}))", ended, ahead, fresh)
                                         : fmt::format("COALESCE({}, {}, {})", ended, ahead, fresh);
}

/// Takes the lease of a message in one statement, which repeats that it is free: not every database passes over what
/// another consumer is about to take.
std::string claim_statement(db::Dialect dialect) {
    return db::update_returning(
        dialect, "Job_Queue", "claimed_until = ?, deliveries = deliveries + 1",
        fmt::format("job_id = {} AND (claimed_until IS NULL OR claimed_until < ? OR claimed_until > ?)",
                    first_of_all(dialect)),
        {"job_id", "deliveries", "message_id", "body", "user_id"});
}

class EmbeddedBroker final : public Broker {
public:
    explicit EmbeddedBroker(db::Database& database) : database_(database) {}

    std::vector<Refusal> publish(std::string_view queue, std::span<const Message> messages) override;
    std::optional<Delivery> receive(std::string_view queue, std::stop_token stop) override;
    void acknowledge(const Delivery& delivery) override;
    void release(const Delivery& delivery) override;
    void look_again() override { wake_consumers(); }
    void check() override;
    std::uint64_t depth(std::string_view queue) override;
    std::uint64_t purge(std::string_view queue) override;

private:
    void insert(std::string_view queue, std::span<const Message> messages);
    std::optional<Delivery> try_receive(std::string_view queue);
    bool has_available(std::string_view queue, Timestamp time, std::int64_t last_user);
    std::int64_t last_user(std::string_view queue);
    void set_last_user(std::string_view queue, std::int64_t user_id);
    void wake_consumers();

    db::Database& database_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::uint64_t changes_ = 0;  ///< Guarded by mutex_: lets a consumer see what happened while it was looking.
    /// By queue, whose message was taken last; guarded by mutex_. Another process has a round of its own, as fair.
    std::map<std::string, std::int64_t, std::less<>> last_users_;
};

std::vector<Refusal> EmbeddedBroker::publish(std::string_view queue, std::span<const Message> messages) {
    if (messages.empty()) {
        return {};
    }
    for (int tries = 1;; ++tries) {
        try {
            insert(queue, messages);
            break;
        } catch (const db::Error& error) {
            // Another process has published one of them at the same moment; now it can be seen that it is there.
            if (error.kind() != db::ErrorKind::unique_violation || tries == most_publish_tries) {
                throw;
            }
        }
    }
    wake_consumers();
    return {};
}

void EmbeddedBroker::insert(std::string_view queue, std::span<const Message> messages) {
    const Timestamp time = now();
    database_.transaction([&](db::Session& session) {
        for (const Message& message : messages) {
            session.execute(
                "INSERT INTO Job_Queue (queue_name, message_id, body, enqueued_at, deliveries) SELECT ?, ?, ?, ?, 0 "
                "WHERE NOT EXISTS (SELECT 1 FROM Job_Queue WHERE queue_name = ? AND message_id = ?)",
                queue, message.id, message.body, time, queue, message.id);
        }
    });
}

std::optional<Delivery> EmbeddedBroker::receive(std::string_view queue, std::stop_token stop) {
    while (!stop.stop_requested()) {
        std::uint64_t seen = 0;
        {
            const std::scoped_lock lock(mutex_);
            seen = changes_;
        }
        if (auto delivery = try_receive(queue)) {
            return delivery;
        }
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, stop, poll_interval, [&] { return changes_ != seen; });
    }
    return std::nullopt;
}

std::optional<Delivery> EmbeddedBroker::try_receive(std::string_view queue) {
    const Timestamp time = now();
    const Timestamp latest = latest_end(time);
    const std::int64_t behind = last_user(queue);
    // Where there is one writer, consumers of an empty queue must not take it from those who have work.
    if (database_.dialect() == db::Dialect::sqlite && !has_available(queue, time, behind)) {
        return std::nullopt;
    }
    auto message =
        database_.find_changed<QueuedMessage>(claim_statement(database_.dialect()), time + lease, queue, time, queue,
                                              latest, queue, queue, behind, queue, queue, time, latest);
    if (!message) {
        return std::nullopt;
    }
    set_last_user(queue, message->user_id);
    const Handle handle{.job_id = message->job_id, .deliveries = message->deliveries};
    return Delivery{.message = {.id = std::move(message->message_id), .body = std::move(message->body)},
                    .handle = handle.to_string()};
}

bool EmbeddedBroker::has_available(std::string_view queue, Timestamp time, std::int64_t last_user) {
    return database_.read([&](db::Session& session) {
        return session
            .get<std::optional<std::int64_t>>("SELECT " + first_of_all(session.dialect()), queue, time, queue,
                                              latest_end(time), queue, queue, last_user, queue, queue)
            .has_value();
    });
}

std::int64_t EmbeddedBroker::last_user(std::string_view queue) {
    const std::scoped_lock lock(mutex_);
    const auto found = last_users_.find(queue);
    return found == last_users_.end() ? 0 : found->second;
}

void EmbeddedBroker::set_last_user(std::string_view queue, std::int64_t user_id) {
    const std::scoped_lock lock(mutex_);
    last_users_.insert_or_assign(std::string(queue), user_id);
}

void EmbeddedBroker::acknowledge(const Delivery& delivery) {
    const Handle handle = Handle::parse(delivery.handle);
    database_.execute("DELETE FROM Job_Queue WHERE job_id = ?", handle.job_id);
}

void EmbeddedBroker::release(const Delivery& delivery) {
    const Handle handle = Handle::parse(delivery.handle);
    // Not when the lease has ended and the message is on loan to another consumer by now.
    database_.execute("UPDATE Job_Queue SET claimed_until = NULL WHERE job_id = ? AND deliveries = ?", handle.job_id,
                      handle.deliveries);
    wake_consumers();
}

void EmbeddedBroker::check() {
    database_.read([](db::Session& session) {
        session.find<std::int64_t>("SELECT job_id FROM Job_Queue WHERE job_id = ?", std::int64_t{0});
    });
}

std::uint64_t EmbeddedBroker::depth(std::string_view queue) {
    const Timestamp time = now();
    return database_.read([&](db::Session& session) {
        return session.get<std::uint64_t>(
            "SELECT COUNT(*) FROM Job_Queue WHERE queue_name = ? "
            "AND (claimed_until IS NULL OR claimed_until < ? OR claimed_until > ?)",
            queue, time, latest_end(time));
    });
}

std::uint64_t EmbeddedBroker::purge(std::string_view queue) {
    const Timestamp time = now();
    const std::int64_t dropped = database_.execute(
        "DELETE FROM Job_Queue WHERE queue_name = ? "
        "AND (claimed_until IS NULL OR claimed_until < ? OR claimed_until > ?)",
        queue, time, latest_end(time));
    return static_cast<std::uint64_t>(dropped);
}

void EmbeddedBroker::wake_consumers() {
    {
        const std::scoped_lock lock(mutex_);
        ++changes_;
    }
    changed_.notify_all();
}

}  // namespace

void put_into_embedded_queue(db::Session& transaction, std::string_view queue, std::string_view body,
                             std::int64_t user_id) {
    transaction.execute_later(
        "INSERT INTO Job_Queue (queue_name, message_id, body, enqueued_at, deliveries, user_id) VALUES (?, ?, ?, ?, 0, "
        "?)",
        queue, random_uuid(), body, now(), user_id);
}

std::unique_ptr<Broker> make_embedded_broker(db::Database& database) {
    return std::make_unique<EmbeddedBroker>(database);
}

}  // namespace nassaq::broker
