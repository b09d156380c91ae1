#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <vector>

#include "db/driver.hpp"
#include "db/pool.hpp"

namespace nassaq::db {

/// The transactions of a database that has one writer. Those that are asked for while another is being committed wait
/// for it, and are then run one after the other in one transaction: the disk is waited for once for all of them. Safe
/// to use from several threads.
class GroupCommit {
public:
    /// Runs within a transaction. @return whether its changes are to stay.
    using Work = std::function<bool(Connection&)>;

    /// @param patience  as PoolOptions::patience
    GroupCommit(Pool& writer, std::chrono::milliseconds patience) : writer_(writer), patience_(patience) {}

    /// Returns when what `work` did is committed or rolled back. It may run on another thread. It runs again only where
    /// the transaction that it shares comes to nothing as a whole, and not because one beside it has failed. @throws
    /// what it throws; Error: busy when its turn does not come in time.
    void run(const Work& work);

    /// How often somebody ran something, and how often it had to wait.
    struct Statistics {
        std::uint64_t calls = 0;
        std::uint64_t waits = 0;
        std::uint64_t retries = 0;  ///< What was run again because the whole transaction had failed.
    };
    [[nodiscard]] Statistics statistics() const;

private:
    /// A thread in run(). Lives on its stack; guarded by mutex_, but for what a leader does with those that it took.
    struct Waiter {
        explicit Waiter(const Work& its_work) : work(its_work) {}

        const Work& work;
        std::exception_ptr failure;
        std::condition_variable called;
        bool leads = false;
        bool is_done = false;
    };

    void wait_in_line(std::unique_lock<std::mutex>& lock, Waiter& self);
    void lead(std::unique_lock<std::mutex>& lock, const Waiter& self);
    void run_all(const std::vector<Waiter*>& all) noexcept;
    [[nodiscard]] bool commit_together(const std::vector<Waiter*>& all);
    static void run_beside_others(Connection& connection, Waiter& waiter);
    void commit_alone(Waiter& waiter) noexcept;

    Pool& writer_;
    std::chrono::milliseconds patience_;

    mutable std::mutex mutex_;
    std::deque<Waiter*> line_;  ///< In the order of their coming; the leader, once it has begun, is not in it.
    bool has_leader_ = false;
    Statistics statistics_;
};

}  // namespace nassaq::db
