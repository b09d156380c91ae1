#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string_view>

#include "base/backoff.hpp"
#include "base/clock.hpp"
#include "broker/broker.hpp"
#include "db/database.hpp"
#include "jobs/wakeup.hpp"

/// The transactional outbox (microservices.io/patterns/data/transactional-outbox.html): a message is written in the
/// transaction of the change that it tells of, and carried to the broker afterwards. So a broker that is away fails no
/// upload and loses no job.
namespace nassaq::jobs {

/// Rows of this queue go to no broker: they are the blob deletions that are still to be done, see blob_deletion.hpp.
inline constexpr std::string_view blob_deletion_queue = "blob.delete";

/// Writes down a message in the caller's transaction. It goes out when that is committed and `available_at` has come.
/// @param doc_id  The messages of one document go out in the order in which they were written.
void enqueue(db::Session& transaction, std::string_view queue, std::optional<std::int64_t> doc_id,
             std::string_view body, Timestamp available_at);

/// Carries messages from the outbox to the broker, each at least once and with the outbox id as its own.
///
/// The loop of its thread: `while (!stop.stop_requested()) { if (relay.step() == 0) { relay.wait(stop); } }`
class OutboxRelay {
public:
    OutboxRelay(db::Database& database, broker::Broker& broker, Backoff backoff = {});

    /// Publishes one batch of the messages that are due and deletes them from the outbox. After the broker has failed,
    /// does nothing until the back-off is over. To be called by one thread.
    /// @return how many were published. @throws db::Error
    std::size_t step();
    /// Waits until there may be something to do for step(), or `stop` is requested.
    void wait(std::stop_token stop);
    /// To be called after a commit that has enqueued something. Safe to call from any thread.
    void notify() { wakeup_.notify(); }

private:
    using Clock = std::chrono::steady_clock;

    db::Database& database_;
    broker::Broker& broker_;
    Backoff backoff_;
    Wakeup wakeup_;
    std::int64_t failures_ = 0;
    Clock::time_point not_before_;
};

}  // namespace nassaq::jobs
