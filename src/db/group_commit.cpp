#include "db/group_commit.hpp"

#include <algorithm>
#include <utility>

namespace nassaq::db {

void GroupCommit::run(const Work& work) {
    Waiter self(work);
    std::unique_lock lock(mutex_);
    ++statistics_.calls;
    line_.push_back(&self);
    if (has_leader_) {
        wait_in_line(lock, self);
    }
    if (!self.is_done) {
        lead(lock, self);
    }
    if (self.failure) {
        std::rethrow_exception(self.failure);
    }
}

/// Until another has done it, or this thread is to lead.
void GroupCommit::wait_in_line(std::unique_lock<std::mutex>& lock, Waiter& self) {
    ++statistics_.waits;
    const auto is_called = [&] { return self.is_done || self.leads; };
    if (self.called.wait_for(lock, patience_, is_called)) {
        return;
    }
    if (std::erase(line_, &self) > 0) {
        throw Error(ErrorKind::busy, "the database's writer did not come free in time");
    }
    self.called.wait(lock, is_called);  // A leader has taken it.
}

/// Runs what is in the line, and makes the first who has come since the next leader.
void GroupCommit::lead(std::unique_lock<std::mutex>& lock, const Waiter& self) {
    has_leader_ = true;
    const std::vector<Waiter*> all(line_.begin(), line_.end());
    line_.clear();
    lock.unlock();
    run_all(all);
    lock.lock();
    // Under the lock: a waiter is gone as soon as it can see that it is called.
    for (Waiter* waiter : all) {
        waiter->is_done = true;
        if (waiter != &self) {
            waiter->called.notify_one();
        }
    }
    has_leader_ = !line_.empty();
    if (has_leader_) {
        line_.front()->leads = true;
        line_.front()->called.notify_one();
    }
}

void GroupCommit::run_all(const std::vector<Waiter*>& all) noexcept {
    try {
        if (all.size() > 1 && commit_together(all)) {
            return;
        }
    } catch (const Error& error) {  // There was no transaction to be had, for none of them.
        for (Waiter* waiter : all) {
            waiter->failure = std::make_exception_ptr(error);
        }
        return;
    }
    if (all.size() > 1) {
        const std::scoped_lock lock(mutex_);
        statistics_.retries += all.size();
    }
    for (Waiter* waiter : all) {
        waiter->failure = nullptr;
        commit_alone(*waiter);
    }
}

/// @return false when they cannot be committed together, and nothing is changed yet.
/// @throws Error when no transaction could be begun
bool GroupCommit::commit_together(const std::vector<Waiter*>& all) {
    const Lease lease = writer_.acquire();
    Transaction transaction(*lease);
    try {
        for (Waiter* waiter : all) {
            run_beside_others(*lease, *waiter);
        }
        transaction.commit();
        return true;
    } catch (...) {  // Not one's own failure but the transaction's: a full disk ends it for all.
        return false;
    }
}

/// What it refuses or fails in is undone for it alone. @throws Error when the whole transaction is no more
void GroupCommit::run_beside_others(Connection& connection, Waiter& waiter) {
    connection.set_savepoint();
    bool stays = false;
    try {
        stays = waiter.work(connection);
    } catch (...) {
        waiter.failure = std::current_exception();
    }
    if (!stays) {
        connection.undo_to_savepoint();
    }
    connection.release_savepoint();
}

void GroupCommit::commit_alone(Waiter& waiter) noexcept {
    try {
        const Lease lease = writer_.acquire();
        Transaction transaction(*lease);
        if (waiter.work(*lease)) {
            transaction.commit();
        }
    } catch (...) {
        waiter.failure = std::current_exception();
    }
}

GroupCommit::Statistics GroupCommit::statistics() const {
    const std::scoped_lock lock(mutex_);
    return statistics_;
}

}  // namespace nassaq::db
