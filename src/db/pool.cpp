#include "db/pool.hpp"

#include <utility>

namespace nassaq::db {

Lease::Lease(Pool& pool, std::unique_ptr<Connection> connection) : pool_(pool), connection_(std::move(connection)) {}

Lease::~Lease() {
    if (connection_) {
        pool_.give_back(std::move(connection_));
    }
}

Pool::Pool(Driver& driver, Access access, std::size_t size, std::chrono::milliseconds patience)
    : driver_(driver), access_(access), size_(size), patience_(patience) {
    idle_.reserve(size);
}

Lease Pool::acquire() {
    if (auto connection = take_idle_or_slot()) {
        return {*this, std::move(connection)};
    }
    try {
        return {*this, driver_.connect(access_)};
    } catch (...) {
        give_back(nullptr);
        throw;
    }
}

/// @return an idle connection, or nullptr when the caller may open one.
std::unique_ptr<Connection> Pool::take_idle_or_slot() {
    std::unique_lock lock(mutex_);
    if (!idle_.empty()) {
        auto connection = std::move(idle_.back());
        idle_.pop_back();
        return connection;
    }
    if (open_ < size_) {
        ++open_;
        return nullptr;
    }
    return wait_in_line(lock);
}

std::unique_ptr<Connection> Pool::wait_in_line(std::unique_lock<std::mutex>& lock) {
    Waiter self;
    waiters_.push_back(&self);
    if (!self.called.wait_for(lock, patience_, [&] { return self.is_served; })) {
        std::erase(waiters_, &self);
        throw Error(ErrorKind::busy, "no database connection came free in time");
    }
    return std::move(self.connection);
}

void Pool::give_back(std::unique_ptr<Connection> connection) noexcept {
    if (connection && !connection->is_alive()) {
        connection.reset();
    }
    const std::scoped_lock lock(mutex_);
    if (!waiters_.empty()) {
        Waiter& next = *waiters_.front();
        waiters_.pop_front();
        next.connection = std::move(connection);
        next.is_served = true;
        next.called.notify_one();  // Under the lock: the waiter is gone as soon as it can see that it is served.
    } else if (connection) {
        idle_.push_back(std::move(connection));  // Within the reserved size: cannot throw.
    } else {
        --open_;
    }
}

}  // namespace nassaq::db
