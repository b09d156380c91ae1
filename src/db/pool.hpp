#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "db/driver.hpp"

namespace nassaq::db {

class Pool;

/// A connection of a pool, and its age.
struct PooledConnection {
    using Clock = std::chrono::steady_clock;

    std::unique_ptr<Connection> connection;
    Clock::time_point opened_at;
    Clock::time_point used_at;  ///< When it was last given back.
};

/// A connection on loan; it goes back to its pool, or is dropped when it is broken.
class Lease {
public:
    Lease(Pool& pool, PooledConnection pooled);
    Lease(Lease&&) noexcept = default;
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease();

    Connection& operator*() const { return *pooled_.connection; }

private:
    Pool& pool_;
    PooledConnection pooled_;
};

struct PoolOptions {
    std::size_t size = 1;
    /// How long acquire() waits for a free connection: longer than any request of ours holds one, shorter than a
    /// client's patience.
    std::chrono::milliseconds patience{10'000};
    /// A connection of that age is replaced; 0 = never. Firewalls and balancers forget old ones.
    std::chrono::seconds recycle{0};
    /// How long after its first failure a database that is away is waited for. After that whoever asks is refused at
    /// once, so that the threads of the server are not all taken by those who wait.
    std::chrono::milliseconds outage_patience{0};
};

/// For the metrics.
struct PoolStatistics {
    std::size_t size = 0;
    std::size_t open = 0;
    std::size_t in_use = 0;
    std::uint64_t calls = 0;    ///< How often a connection was asked for.
    std::uint64_t waits = 0;    ///< How often somebody had to wait for a free connection.
    std::uint64_t retries = 0;  ///< Connects that failed and were tried again, and work that was run again.
};

/// Connections are opened when they are first needed; the most recently used goes out first. Who waits is served in
/// turn: threads that come back for the only writer at once would otherwise starve one that has to wake up.
///
/// One thread at a time tries to connect, while the database is away about once a second, and its success lets all
/// others go on.
class Pool {
public:
    Pool(Driver& driver, Access access, PoolOptions options);

    /// Waits for a free connection, and for the database. The connection is one that answers, unless it was used within
    /// the last second. @throws Error: busy when none comes free in time, connection_lost when the database is away.
    Lease acquire() { return acquire(options_.outage_patience); }
    /// As acquire(), with another patience for a database that is away.
    Lease acquire(std::chrono::milliseconds outage_patience);

    [[nodiscard]] PoolStatistics statistics() const;
    void count_retry();

private:
    friend class Lease;
    using Clock = PooledConnection::Clock;

    /// A thread that waits. Lives on that thread's stack; everything in it is guarded by mutex_.
    struct Waiter {
        std::condition_variable called;
        bool is_served = false;
        PooledConnection pooled;  ///< Without a connection: it may open one.
    };

    void give_back(PooledConnection pooled) noexcept;
    PooledConnection take_idle_or_slot();
    PooledConnection wait_in_line(std::unique_lock<std::mutex>& lock);
    [[nodiscard]] bool is_usable(PooledConnection& pooled);
    PooledConnection connect(std::chrono::milliseconds outage_patience);
    std::unique_ptr<Connection> try_connect(std::unique_lock<std::mutex>& lock);

    Driver& driver_;
    Access access_;
    PoolOptions options_;

    mutable std::mutex mutex_;
    std::deque<Waiter*> waiters_;  ///< In the order of their coming; while there are any, nothing is free.
    std::vector<PooledConnection> idle_;
    std::size_t open_ = 0;
    std::uint64_t calls_ = 0;
    std::uint64_t waits_ = 0;
    std::uint64_t retries_ = 0;
    Clock::time_point last_broken_;  ///< When a connection was last found broken: older ones may be, too.

    /// An outage of the database; guarded by mutex_.
    std::optional<Clock::time_point> down_since_;
    std::string outage_;          ///< What the last attempt to connect has told.
    bool is_connecting_ = false;  ///< One at a time.
    Clock::time_point next_attempt_;
    std::condition_variable outage_changed_;
};

/// Rolls back unless commit() was called.
class Transaction {
public:
    explicit Transaction(Connection& connection) : connection_(connection) { connection_.begin(); }
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction() {
        if (!done_) {
            connection_.rollback();
        }
    }

    void commit() {
        connection_.commit();
        done_ = true;
    }

private:
    Connection& connection_;
    bool done_ = false;
};

}  // namespace nassaq::db
