#include "jobs/outbox.hpp"

#include <algorithm>
#include <boost/describe.hpp>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/log.hpp"

namespace nassaq::jobs {
namespace {

constexpr std::int64_t batch_size = 100;
/// How often the relay looks for messages whose time has come and for those of other processes.
constexpr std::chrono::milliseconds poll_interval{1000};

struct OutboxRow {
    std::int64_t outbox_id = 0;
    std::string queue_name;
    std::string body;
};
BOOST_DESCRIBE_STRUCT(OutboxRow, (), (outbox_id, queue_name, body))

/// At most one row a document, its first. So a later one cannot overtake it, however the batch is published.
std::vector<OutboxRow> find_due(db::Session& session, Timestamp time) {
    return session.query_page<OutboxRow>(
        "SELECT outbox_id, queue_name, body FROM Outbox WHERE available_at <= ? AND queue_name <> ? "
        "AND NOT EXISTS (SELECT 1 FROM Outbox earlier "
        "WHERE earlier.doc_id = Outbox.doc_id AND earlier.outbox_id < Outbox.outbox_id) "
        "ORDER BY available_at, outbox_id",
        {.limit = batch_size}, time, blob_deletion_queue);
}

void publish(broker::Broker& broker, std::vector<OutboxRow> rows) {
    std::map<std::string, std::vector<broker::Message>> by_queue;
    for (OutboxRow& row : rows) {
        by_queue[row.queue_name].push_back({std::to_string(row.outbox_id), std::move(row.body)});
    }
    for (const auto& [queue, messages] : by_queue) {
        broker.publish(queue, messages);
    }
}

void remove(db::Database& database, std::span<const std::int64_t> ids) {
    database.transaction([&](db::Session& session) {
        for (const std::int64_t id : ids) {
            session.execute("DELETE FROM Outbox WHERE outbox_id = ?", id);
        }
    });
}

}  // namespace

void enqueue(db::Session& transaction, std::string_view queue, std::optional<std::int64_t> doc_id,
             std::string_view body, Timestamp available_at) {
    transaction.execute(
        "INSERT INTO Outbox (queue_name, doc_id, body, created_at, available_at) VALUES (?, ?, ?, ?, ?)", queue, doc_id,
        body, now(), available_at);
}

OutboxRelay::OutboxRelay(db::Database& database, broker::Broker& broker, Backoff backoff)
    : database_(database), broker_(broker), backoff_(backoff), not_before_(Clock::now()) {}

std::size_t OutboxRelay::step() {
    if (Clock::now() < not_before_) {
        return 0;
    }
    auto rows = database_.read([](db::Session& session) { return find_due(session, now()); });
    if (rows.empty()) {
        return 0;
    }
    std::vector<std::int64_t> ids;
    std::ranges::transform(rows, std::back_inserter(ids), &OutboxRow::outbox_id);
    try {
        publish(broker_, std::move(rows));
    } catch (const std::exception& error) {
        const auto delay = backoff_.delay(++failures_);
        not_before_ = Clock::now() + delay;
        log::warning("the broker takes no messages now; they wait in the outbox",
                     {{"error", error.what()}, {"failures", failures_}, {"next_try_ms", delay.count()}});
        return 0;
    }
    failures_ = 0;
    // When this fails they are published again, under the same ids: at least once.
    remove(database_, ids);
    return ids.size();
}

void OutboxRelay::wait(std::stop_token stop) {
    const auto closed = std::chrono::ceil<std::chrono::milliseconds>(not_before_ - Clock::now());
    if (closed.count() > 0) {
        pause(std::move(stop), closed);
    } else {
        wakeup_.wait(std::move(stop), poll_interval);
    }
}

}  // namespace nassaq::jobs
