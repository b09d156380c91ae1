#include "jobs/document_events.hpp"

#include <algorithm>
#include <utility>

#include "base/clock.hpp"
#include "db/id_list.hpp"
#include "jobs/newest_row.hpp"

namespace nassaq::jobs {
namespace {

constexpr std::chrono::milliseconds event_poll_interval{250};
constexpr std::chrono::milliseconds idle_interval{60'000};
constexpr std::int64_t event_batch_size = 1000;
/// SQL Server locks the whole table from 5,000 rows on.
constexpr std::int64_t removal_batch_size = 2'000;

constexpr std::string_view select_events =
    "SELECT event_id, doc_id, stage_name, status, error_message, pages_done, pages FROM Document_Events ";

/// Whom an event concerns.
struct NewEvent {
    std::int64_t event_id = 0;
    std::int64_t doc_id = 0;
    std::int64_t user_id = 0;
    std::int64_t path_id = 0;  ///< 0 when the document is gone.
};
BOOST_DESCRIBE_STRUCT(NewEvent, (), (event_id, doc_id, user_id, path_id))

std::vector<NewEvent> list_new_events(db::Session& session, std::int64_t event_id, std::int64_t most) {
    return session.query_page<NewEvent>(
        "SELECT e.event_id, e.doc_id, e.user_id, COALESCE(d.path_id, 0) FROM Document_Events e "
        "LEFT JOIN Documents d ON d.doc_id = e.doc_id WHERE e.event_id > ? ORDER BY e.event_id",
        {.limit = most}, event_id);
}

bool concerns(const NewEvent& event, const access::Reach& reach) {
    return reach.includes(event.doc_id, event.user_id, event.path_id);
}

EventPiece to_piece(std::int64_t event_id, std::vector<DocumentEvent> events) {
    const std::int64_t last_id = events.empty() ? event_id : events.back().event_id;
    return {.events = std::move(events), .last_id = last_id};
}

/// Looked through here: a condition on each of very many events would begin with the same ones each time.
EventPiece list_those_of(db::Session& session, std::int64_t event_id, const access::Reach& reach, std::int64_t most) {
    std::vector<std::int64_t> ids;
    EventPiece piece{.events = {}, .last_id = event_id};
    for (const NewEvent& event : list_new_events(session, event_id, most)) {
        piece.last_id = event.event_id;
        if (concerns(event, reach)) ids.push_back(event.event_id);
    }
    if (!ids.empty()) {
        const db::IdList list(ids);
        piece.events = session.query_with<DocumentEvent>(
            std::string(select_events) + "WHERE event_id IN " + list.places + " ORDER BY event_id", list.ids);
    }
    return piece;
}

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

EventPiece list_events_after(db::Session& session, std::int64_t event_id, const access::Reach& reach,
                             std::int64_t most) {
    using Kind = access::Reach::Kind;
    switch (reach.kind) {
        case Kind::nothing:
            return {.events = {}, .last_id = event_id};
        case Kind::own:
            return to_piece(event_id,
                            session.query_page<DocumentEvent>(
                                std::string(select_events) + "WHERE user_id = ? AND event_id > ? ORDER BY event_id",
                                {.limit = most}, reach.owner_id, event_id));
        case Kind::everything:
            return to_piece(event_id, session.query_page<DocumentEvent>(
                                          std::string(select_events) + "WHERE event_id > ? ORDER BY event_id",
                                          {.limit = most}, event_id));
        case Kind::some:
            break;
    }
    return list_those_of(session, event_id, reach, most);
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

EventFeed::Subscription::Subscription(EventFeed& feed, std::shared_ptr<const access::Reach> reach,
                                      std::function<void()> wake)
    : feed_(feed), reach_(std::move(reach)), wake_(std::move(wake)) {
    const std::scoped_lock lock(feed_.mutex_);
    feed_.subscriptions_.insert(this);
}

EventFeed::Subscription::~Subscription() {
    const std::scoped_lock lock(feed_.mutex_);
    feed_.subscriptions_.erase(this);
}

void EventFeed::Subscription::follow(std::shared_ptr<const access::Reach> reach) {
    const std::scoped_lock lock(feed_.mutex_);
    reach_ = std::move(reach);
}

std::unique_ptr<EventFeed::Subscription> EventFeed::subscribe(std::shared_ptr<const access::Reach> reach,
                                                              std::function<void()> wake) {
    auto subscription = std::make_unique<Subscription>(*this, std::move(reach), std::move(wake));
    wakeup_.notify();
    return subscription;
}

std::size_t EventFeed::step() {
    if (!has_subscribers()) {
        return 0;
    }
    const auto events =
        database_.read([&](db::Session& session) { return list_new_events(session, seen_id_, event_batch_size); });
    if (events.empty()) {
        return 0;
    }
    const bool are_more = std::cmp_greater_equal(events.size(), event_batch_size);
    // After a pause there may be millions that nobody here waits for: rather than read them, wake everybody.
    seen_id_ =
        are_more ? database_.read([](db::Session& session) { return last_event_id(session); }) : events.back().event_id;
    const std::scoped_lock lock(mutex_);
    for (const Subscription* subscription : subscriptions_) {
        const auto concerns_it = [&](const NewEvent& event) { return concerns(event, *subscription->reach_); };
        if (are_more || std::ranges::any_of(events, concerns_it)) {
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
