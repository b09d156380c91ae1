#include "audit/reading_log.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace nassaq::audit {
namespace {

/// A commit takes a few milliseconds; who reads does not wait for more than that.
constexpr std::chrono::milliseconds patience{50};
constexpr std::chrono::milliseconds longest_pause{60'000};
/// Who reads the log itself.
constexpr std::chrono::seconds longest_settling{2};
constexpr std::size_t batch_size = 200;
/// The memory of an hour. What does not go in is looked up in the table.
constexpr std::size_t most_known = 100'000;
/// So many wait only when the database is away.
constexpr std::size_t most_waiting = 100'000;

std::int64_t hour_of(Timestamp time) {
    return std::chrono::floor<std::chrono::hours>(time).time_since_epoch().count();
}

/// @return whether it is the first reading of its key, by whatever node.
bool is_first(db::Session& session, std::int64_t hour, std::int64_t user_id, std::int64_t doc_id) {
    if (session.dialect() == db::Dialect::mssql) {
        // The lock is on the place of the row: two nodes would both find nothing there.
        return session.execute(
                   "INSERT INTO Document_Reads (read_hour, user_id, doc_id) SELECT ?, ?, ? WHERE NOT EXISTS (SELECT 1 "
                   "FROM Document_Reads WITH (UPDLOCK, HOLDLOCK) WHERE read_hour = ? AND user_id = ? AND doc_id = ?)",
                   hour, user_id, doc_id, hour, user_id, doc_id) == 1;
    }
    return session.execute(
               "INSERT INTO Document_Reads (read_hour, user_id, doc_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", hour,
               user_id, doc_id) == 1;
}

/// The user may have been deleted since: then the row is theirs no more, as those of before.
void insert_row(db::Session& session, Timestamp time, std::int64_t user_id, std::int64_t doc_id) {
    session.execute(
        "INSERT INTO Logs (log_timestamp, action_type, user_id, entity_id) "
        "VALUES (?, 'document_download', (SELECT user_id FROM Users WHERE user_id = ?), ?)",
        time, user_id, doc_id);
}

}  // namespace

void ReadingLog::record(std::int64_t user_id, std::int64_t doc_id) {
    const Timestamp time = now();
    const Key key{hour_of(time), user_id, doc_id};
    std::unique_lock lock(mutex_);
    if (!known_.empty() && std::get<0>(*known_.begin()) != std::get<0>(key)) {
        known_.clear();
    }
    if (known_.contains(key)) {
        return;
    }
    if (waiting_.size() >= most_waiting) {
        lock.unlock();
        step();  // Nothing is read that could not be written down any more.
        lock.lock();
    }
    if (known_.size() < most_known) {
        known_.insert(key);
    }
    waiting_.push_back({.key = key, .time = time});
    const std::uint64_t number = ++noted_count_;
    wakeup_.notify();
    written_.wait_for(lock, patience, [&] { return written_count_ >= number; });
}

std::size_t ReadingLog::step() {
    const std::scoped_lock turn(writing_);
    std::vector<Reading> batch;
    {
        const std::scoped_lock lock(mutex_);
        batch.assign(waiting_.begin(),
                     waiting_.begin() + static_cast<std::ptrdiff_t>(std::min(waiting_.size(), batch_size)));
    }
    if (batch.empty()) {
        return 0;
    }
    write(batch);
    {
        const std::scoped_lock lock(mutex_);
        waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(batch.size()));
        written_count_ += batch.size();
    }
    written_.notify_all();
    return batch.size();
}

void ReadingLog::flush() {
    while (step() != 0) {
    }
}

void ReadingLog::settle() {
    std::unique_lock lock(mutex_);
    const std::uint64_t number = noted_count_;
    written_.wait_for(lock, longest_settling, [&] { return written_count_ >= number; });
}

void ReadingLog::write(const std::vector<Reading>& readings) {
    database_.transaction([&](db::Session& session) {
        for (const Reading& reading : readings) {
            const auto [hour, user_id, doc_id] = reading.key;
            if (is_first(session, hour, user_id, doc_id)) {
                insert_row(session, reading.time, user_id, doc_id);
            }
        }
    });
}

void ReadingLog::wait(std::stop_token stop) {
    wakeup_.wait(std::move(stop), longest_pause);
}

}  // namespace nassaq::audit
