#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/backoff.hpp"
#include "base/clock.hpp"
#include "broker/broker.hpp"
#include "db/database.hpp"
#include "jobs/queue_turns.hpp"
#include "jobs/stage.hpp"
#include "jobs/wakeup.hpp"

/// The transactional outbox (microservices.io/patterns/data/transactional-outbox.html): a message is written in the
/// transaction of the change that it tells of, and carried to the broker afterwards. So a broker that is away fails no
/// upload and loses no job.
namespace nassaq::jobs {

/// Rows of this queue go to no broker: they are the blob deletions that are still to be done, see blob_deletion.hpp.
inline constexpr std::string_view blob_deletion_queue = "blob.delete";
/// Nor do these: see text_deletion.hpp.
inline constexpr std::string_view text_deletion_queue = "text.delete";

/// Whose turn the messages take, in the place of a user's, that wait until nobody else has any.
inline constexpr std::int64_t low_priority = -1;

/// Writes down a message in the caller's transaction. It goes out when that is committed, `available_at` has come and
/// it is its user's turn.
/// @param doc_id   The messages of one document go out to a queue in the order in which they were written.
/// @param user_id  Of a job: whose it is (queue_turns.hpp), or low_priority. 0 for what takes no turn.
void enqueue(db::Session& transaction, std::string_view queue, std::optional<std::int64_t> doc_id,
             std::string_view body, Timestamp available_at, std::int64_t user_id = 0);

/// The condition by which the one note of a queue that says this is found, through an index. Its values: the queue, the
/// body, and the body once more.
std::string_view note_of(db::Dialect dialect);

/// Carries messages from the outbox to the broker, with the outbox id as their own. Any number of relays, in any number
/// of processes, share the work: each claims the rows that it publishes. A message goes out once, and again only when
/// its relay died, or got no answer, in between.
///
/// The loop of its threads: `while (!stop.stop_requested()) { if (relay.step() == 0) { relay.wait(stop); } }`
class OutboxRelay {
public:
    /// How long rows are claimed; longer than a publish() takes that ends well.
    static constexpr std::chrono::seconds lease{45};
    /// The most messages of one step.
    static constexpr std::size_t batch_size = 512;

    OutboxRelay(db::Database& database, broker::Broker& broker, const Stages& stages,
                Backoff backoff = {.base = std::chrono::milliseconds{250}, .cap = std::chrono::seconds{5}});

    /// Publishes one batch of the messages that are due, one a user, and deletes them from the outbox. A message that
    /// the broker refuses is put off, longer each time, and holds up nobody but its own document. After the broker has
    /// failed, does nothing until the back-off is over. Several threads may call it.
    /// @return how many were published. @throws db::Error
    std::size_t step();
    /// Waits until there may be something to do for step(), or `stop` is requested.
    void wait(std::stop_token stop);
    /// To be called after a commit that has enqueued or sent something, or has begun a job, which may make it its
    /// user's turn. Safe to call from any thread.
    void notify() {
        wakeup_.notify();
        broker_.look_again();
    }

    /// Messages that wait to go out, those for later too. @throws db::Error
    std::uint64_t depth();
    /// How long the message that waits longest has been due, of those whose user has none in the queue: what grows when
    /// the broker cannot be reached. @throws db::Error
    std::chrono::milliseconds lag();
    /// How many messages this relay has published.
    [[nodiscard]] std::uint64_t published() const { return published_; }

private:
    using Clock = std::chrono::steady_clock;

    struct Row;

    std::vector<Row> claim_batch();
    DueMessages find_due();
    std::vector<Row> claim(const std::vector<DueMessage>& messages);
    bool is_empty(const std::string& queue);
    bool is_closed();
    bool is_open_again();
    std::size_t publish(std::vector<Row> rows);
    std::size_t publish(const std::string& queue, std::vector<broker::Message> messages);
    void note_failure(const std::exception& error);

    db::Database& database_;
    broker::Broker& broker_;
    const Stages& stages_;
    Backoff backoff_;
    Wakeup wakeup_;
    std::atomic<std::uint64_t> published_ = 0;
    std::atomic<std::int64_t> last_user_ = 0;  ///< Whom it is to go on behind.
    std::atomic<int> vain_looks_ = 0;          ///< In a row.
    std::atomic<bool> has_held_back_ = false;

    /// Held while a batch is claimed: a second thread would find the same rows, wait for the first, and get none of
    /// them.
    std::mutex claiming_;
    std::mutex mutex_;
    std::int64_t failures_ = 0;        ///< In a row; guarded by mutex_.
    Clock::time_point not_before_;     ///< Guarded by mutex_.
    Clock::time_point next_question_;  ///< To the broker, whether a queue is empty; guarded by mutex_.
};

}  // namespace nassaq::jobs
