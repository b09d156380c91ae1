#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <set>
#include <stop_token>
#include <tuple>
#include <vector>

#include "base/clock.hpp"
#include "db/database.hpp"
#include "jobs/wakeup.hpp"

namespace nassaq::audit {

/// The audit rows of who has read what: one for a document, a user and an hour, over all nodes
/// (docs/decisions/0073-what-is-read-is-written-down.md). They are written by a thread of their own, many in one
/// transaction, and remembered, so that reading neither waits for the database's writer nor keeps it busy. Safe to use
/// from several threads.
///
/// The loop of its thread: `while (!stop.stop_requested()) { if (log.step() == 0) { log.wait(stop); } }`
class ReadingLog {
public:
    explicit ReadingLog(db::Database& database) : database_(database) {}

    /// Notes that the user is about to be given the document, or a part of it. Waits a moment for the row to be
    /// committed; when the database is busy for longer, the row comes after.
    void record(std::int64_t user_id, std::int64_t doc_id);
    /// Writes some of what has been noted but not written. @return how many readings. @throws db::Error
    std::size_t step();
    /// Writes all of it.
    void flush();
    /// Waits until all of it is written by the log's thread, but not for long when the database is busy.
    void settle();
    void wait(std::stop_token stop);

private:
    /// Hour, user, document.
    using Key = std::tuple<std::int64_t, std::int64_t, std::int64_t>;
    struct Reading {
        Key key;
        Timestamp time;
    };

    void write(const std::vector<Reading>& readings);

    db::Database& database_;
    jobs::Wakeup wakeup_;
    std::mutex writing_;  ///< Held while readings are being written: in the order in which they came.
    std::mutex mutex_;    ///< Guards what follows.
    std::condition_variable written_;
    std::deque<Reading> waiting_;
    std::set<Key> known_;  ///< Of this hour: written, or waiting to be.
    std::uint64_t noted_count_ = 0;
    std::uint64_t written_count_ = 0;
};

}  // namespace nassaq::audit
