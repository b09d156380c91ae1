#include "jobs/document_events.hpp"

#include <algorithm>
#include <utility>

#include "base/clock.hpp"
#include "jobs/newest_row.hpp"

namespace nassaq::jobs {
namespace {

constexpr std::chrono::milliseconds event_poll_interval{250};
constexpr std::chrono::milliseconds idle_interval{60'000};
constexpr std::int64_t event_batch_size = 1000;
/// SQL Server locks the whole table from 5,000 rows on.
constexpr std::int64_t removal_batch_size = 2'000;

struct NewEvent {
    std::int64_t event_id = 0;
    std::int64_t user_id = 0;
};
BOOST_DESCRIBE_STRUCT(NewEvent, (), (event_id, user_id))

}  // namespace

/// Events become visible in the order of their ids: a reader goes on from the last id that it has seen, and would never
/// see a lower one that was committed later.
void record_event(db::Session& transaction, std::int64_t doc_id, std::string_view stage) {
    transaction.execute_locked_later(
        "document events",
        "INSERT INTO Document_Events (doc_id, user_id, stage_name, status, error_message, pages_done, pages, "
        "created_at) "
        "SELECT s.doc_id, d.uploaded_by_user_id, s.stage_name, s.status, s.error_message, "
        "CASE WHEN s.status = 'Processing' THEN s.pages_done END, CASE WHEN s.status = 'Processing' THEN s.pages END, "
        "? "
        "FROM Processing_Status s JOIN Documents d ON d.doc_id = s.doc_id "
        "WHERE s.doc_id = ? AND s.stage_name = CAST(? AS VARCHAR(50)) AND " +
            is_newest_of_stage("s"),
        now(), doc_id, stage);
}

std::vector<DocumentEvent> list_events_after(db::Session& session, std::int64_t event_id,
                                             std::optional<std::int64_t> user_id, std::int64_t limit) {
    if (user_id) {
        return session.query_page<DocumentEvent>(
            "SELECT event_id, doc_id, stage_name, status, error_message, pages_done, pages FROM Document_Events "
            "WHERE user_id = ? AND event_id > ? ORDER BY event_id",
            {.limit = limit}, *user_id, event_id);
    }
    return session.query_page<DocumentEvent>(
        "SELECT event_id, doc_id, stage_name, status, error_message, pages_done, pages FROM Document_Events "
        "WHERE event_id > ? ORDER BY event_id",
        {.limit = limit}, event_id);
}

std::int64_t last_event_id(db::Session& session) {
    return session.get<std::int64_t>("SELECT COALESCE(MAX(event_id), 0) FROM Document_Events");
}

std::size_t remove_old_events(db::Database& database) {
    const auto old = database.read([](db::Session& session) {
        return session.query_page<std::int64_t>(
            "SELECT event_id FROM Document_Events WHERE created_at < ? ORDER BY created_at, event_id",
            {.limit = removal_batch_size}, now() - event_life);
    });
    if (old.empty()) {
        return 0;  // Without taking the writer.
    }
    const std::int64_t last = *std::ranges::max_element(old);
    return static_cast<std::size_t>(database.execute(
        "DELETE FROM Document_Events WHERE event_id <= ? AND created_at < ?", last, now() - event_life));
}

EventFeed::Subscription::Subscription(EventFeed& feed, std::optional<std::int64_t> user_id, std::function<void()> wake)
    : feed_(feed), user_id_(user_id), wake_(std::move(wake)) {
    const std::scoped_lock lock(feed_.mutex_);
    feed_.subscriptions_.insert(this);
}

EventFeed::Subscription::~Subscription() {
    const std::scoped_lock lock(feed_.mutex_);
    feed_.subscriptions_.erase(this);
}

std::unique_ptr<EventFeed::Subscription> EventFeed::subscribe(std::optional<std::int64_t> user_id,
                                                              std::function<void()> wake) {
    auto subscription = std::make_unique<Subscription>(*this, user_id, std::move(wake));
    wakeup_.notify();
    return subscription;
}

std::size_t EventFeed::step() {
    if (!has_subscribers()) {
        return 0;
    }
    const auto events = database_.read([&](db::Session& session) {
        return session.query_page<NewEvent>(
            "SELECT event_id, user_id FROM Document_Events WHERE event_id > ? ORDER BY event_id",
            {.limit = event_batch_size}, seen_id_);
    });
    if (events.empty()) {
        return 0;
    }
    const bool are_more = std::cmp_greater_equal(events.size(), event_batch_size);
    std::set<std::int64_t> users;
    for (const NewEvent& event : events) {
        users.insert(event.user_id);
    }
    // After a pause there may be millions that nobody here waits for: rather than read them, wake everybody.
    seen_id_ =
        are_more ? database_.read([](db::Session& session) { return last_event_id(session); }) : events.back().event_id;
    const std::scoped_lock lock(mutex_);
    for (const Subscription* subscription : subscriptions_) {
        if (are_more || !subscription->user_id_ || users.contains(*subscription->user_id_)) {
            subscription->wake_();
        }
    }
    return events.size();
}

void EventFeed::wait(std::stop_token stop) {
    wakeup_.wait(std::move(stop), has_subscribers() ? event_poll_interval : idle_interval);
}

bool EventFeed::has_subscribers() const {
    const std::scoped_lock lock(mutex_);
    return !subscriptions_.empty();
}

}  // namespace nassaq::jobs
