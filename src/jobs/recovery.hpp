#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "broker/broker.hpp"
#include "db/database.hpp"
#include "jobs/lease_watch.hpp"
#include "jobs/stage.hpp"
#include "storage/storage.hpp"

namespace nassaq::jobs {

/// Brings back the jobs that a death has left in the middle. To be stepped once at the start and then every few
/// seconds, by one thread; several processes may do it at once. A step that finds nothing only reads, through an index.
class Recovery {
public:
    static constexpr std::chrono::seconds interval{5};

    /// @param storage     Tells the URL that the message needs.
    /// @param lost_after  How long a document must have been queued to count as lost.
    Recovery(db::Database& database, const storage::Storage& storage, broker::Broker& broker, const Stages& stages,
             std::chrono::seconds lost_after = std::chrono::seconds{300});

    /// @return how many documents were queued again or given up. @throws db::Error
    std::size_t step();

    /// Processing with a claim that was not renewed -> Queued, or Failed when it has been tried often enough: a
    /// document that kills its worker each time must not do so for ever. A claim that ends later than any does was made
    /// by a clock that is ahead: it is over when it has not been renewed before our eyes.
    std::size_t requeue_expired_claims();
    /// Queued for long while nothing waits in the queue or the outbox -> a new message. So a broker that has lost its
    /// messages, or a queue that was purged by mistake, holds up no document for ever. Goes on with the next documents
    /// each time: most of them wait in the outbox for their user's turn.
    std::size_t requeue_lost_messages();
    /// Messages that were written by a clock that was ahead, and so would wait until the others are there -> due now.
    std::size_t bring_forward_messages();

private:
    struct Claim;

    std::vector<Claim> find_expired(Timestamp time);
    bool take_back(const Claim& claim, const Stage& stage);
    std::size_t requeue_lost_messages_of(const Stage& stage);
    bool has_queued_before(const Stage& stage, Timestamp time);
    bool is_queue_empty(const Stage& stage);

    db::Database& database_;
    const storage::Storage& storage_;
    broker::Broker& broker_;
    const Stages& stages_;
    std::chrono::seconds lost_after_;
    LeaseWatch watch_;
    std::map<std::string, std::int64_t> asked_after_;  ///< By stage, the last document that was looked at.
};

}  // namespace nassaq::jobs
