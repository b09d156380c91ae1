#pragma once

#include <boost/describe.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "access/reach.hpp"
#include "db/database.hpp"
#include "jobs/wakeup.hpp"

/// Changes of the status and progress of documents, as rows of Document_Events, written in the transactions that make
/// them; docs/decisions/0009-document-events.md.
namespace nassaq::jobs {

/// How long events are kept for those who come back (Last-Event-ID).
inline constexpr std::chrono::hours event_life{24};

struct DocumentEvent {
    std::int64_t event_id = 0;
    std::int64_t doc_id = 0;
    std::string stage_name;
    std::string status;
    std::optional<std::string> error_message;
    std::optional<std::int64_t> pages_done;  ///< While it is Processing, where it is known.
    std::optional<std::int64_t> pages;
};
BOOST_DESCRIBE_STRUCT(DocumentEvent, (), (event_id, doc_id, stage_name, status, error_message, pages_done, pages))

/// Writes down what the document's status in a stage is now, in the transaction that has changed it, and as the last
/// thing there: all that write an event after it wait for the end of that transaction.
void record_event(db::Session& transaction, std::int64_t doc_id, std::string_view stage);

/// A piece of the events that there are.
struct EventPiece {
    std::vector<DocumentEvent> events;
    std::int64_t last_id = 0;  ///< Where the next piece begins: behind all that were looked at, whoever's they are.
};
/// The events after `event_id` of documents that somebody may read, in order.
/// @param most  how many are looked at; there may be more behind, though none of these concerns them
EventPiece list_events_after(db::Session& session, std::int64_t event_id, const access::Reach& reach,
                             std::int64_t most);
/// The last event's id; 0 when there has been none.
std::int64_t last_event_id(db::Session& session);
/// Removes a batch of the events that have had their time. @return how many.
std::size_t remove_old_events(db::Database& database);

/// Tells subscribers of this process that there are events for them, wherever those came from: it looks into the table,
/// while anybody is subscribed. Safe to use from several threads.
///
/// The loop of its thread: `while (!stop.stop_requested()) { if (feed.step() == 0) { feed.wait(stop); } }`
class EventFeed {
public:
    /// Ends when it is destroyed: its `wake` is not called any more then.
    class Subscription {
    public:
        Subscription(EventFeed& feed, std::shared_ptr<const access::Reach> reach, std::function<void()> wake);
        Subscription(const Subscription&) = delete;
        Subscription& operator=(const Subscription&) = delete;
        ~Subscription();

        /// From now on it is about these documents.
        void follow(std::shared_ptr<const access::Reach> reach);

    private:
        friend class EventFeed;
        EventFeed& feed_;
        std::shared_ptr<const access::Reach> reach_;
        std::function<void()> wake_;
    };

    explicit EventFeed(db::Database& database) : database_(database) {}

    /// @param reach    the documents that it is about
    /// @param wake     called from the feed's thread when there may be an event that was committed after this
    ///                 call; must neither block nor use the feed.
    std::unique_ptr<Subscription> subscribe(std::shared_ptr<const access::Reach> reach, std::function<void()> wake);

    /// Looks for new events and wakes whom they concern. To be called by one thread.
    /// @return how many there were. @throws db::Error
    std::size_t step();
    /// Waits until it is time for step() again, or `stop` is requested.
    void wait(std::stop_token stop);

private:
    [[nodiscard]] bool has_subscribers() const;

    db::Database& database_;
    Wakeup wakeup_;
    std::int64_t seen_id_ = 0;  ///< The thread's own.
    mutable std::mutex mutex_;
    std::set<Subscription*> subscriptions_;
};

}  // namespace nassaq::jobs
