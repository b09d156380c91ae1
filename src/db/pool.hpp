#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "db/driver.hpp"

namespace nassaq::db {

class Pool;

/// A connection on loan; it goes back to its pool, or is dropped when it is broken.
class Lease {
public:
    Lease(Pool& pool, std::unique_ptr<Connection> connection);
    Lease(Lease&&) noexcept = default;
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease();

    Connection& operator*() const { return *connection_; }

private:
    Pool& pool_;
    std::unique_ptr<Connection> connection_;
};

/// At most `size` connections, opened when they are first needed; the most recently used goes out first. Who waits is
/// served in turn: threads that come back for the only writer at once would otherwise starve one that has to wake up.
class Pool {
public:
    /// @param patience how long acquire() waits: longer than any request of ours holds a connection, shorter than a
    /// client's patience.
    Pool(Driver& driver, Access access, std::size_t size,
         std::chrono::milliseconds patience = std::chrono::seconds{10});

    /// Waits for a free connection. @throws Error (busy) when none comes free in time.
    Lease acquire();

private:
    friend class Lease;

    /// A thread that waits. Lives on that thread's stack; everything in it is guarded by mutex_.
    struct Waiter {
        std::condition_variable called;
        bool is_served = false;
        std::unique_ptr<Connection> connection;  ///< Nothing: it may open one.
    };

    void give_back(std::unique_ptr<Connection> connection) noexcept;
    std::unique_ptr<Connection> take_idle_or_slot();
    std::unique_ptr<Connection> wait_in_line(std::unique_lock<std::mutex>& lock);

    Driver& driver_;
    Access access_;
    std::size_t size_;
    std::chrono::milliseconds patience_;

    std::mutex mutex_;
    std::deque<Waiter*> waiters_;  ///< In the order of their coming; while there are any, nothing is free.
    std::vector<std::unique_ptr<Connection>> idle_;
    std::size_t open_ = 0;
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
