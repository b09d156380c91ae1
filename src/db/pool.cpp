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
    const bool available = freed_.wait_for(lock, patience_, [&] { return !idle_.empty() || open_ < size_; });
    if (!available) {
        throw Error(ErrorKind::busy, "no database connection came free in time");
    }
    if (idle_.empty()) {
        ++open_;
        return nullptr;
    }
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    return connection;
}

void Pool::give_back(std::unique_ptr<Connection> connection) noexcept {
    const bool alive = connection && connection->is_alive();
    {
        const std::scoped_lock lock(mutex_);
        if (alive) {
            idle_.push_back(std::move(connection));  // Within the reserved size: cannot throw.
        } else {
            --open_;
        }
    }
    freed_.notify_one();
}

}  // namespace nassaq::db
