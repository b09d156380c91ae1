#include "db/pool.hpp"

#include <algorithm>
#include <utility>

namespace nassaq::db {
namespace {

/// A connection that was fine so short a time ago is taken to be fine: asking would double the cost of a short query.
constexpr std::chrono::seconds trusted_for{1};
constexpr std::chrono::seconds attempt_interval{1};

}  // namespace

Lease::Lease(Pool& pool, PooledConnection pooled) : pool_(pool), pooled_(std::move(pooled)) {}

Lease::~Lease() {
    if (pooled_.connection) {
        pool_.give_back(std::move(pooled_));
    }
}

Pool::Pool(Driver& driver, Access access, PoolOptions options) : driver_(driver), access_(access), options_(options) {
    idle_.reserve(options.size);
}

Lease Pool::acquire(std::chrono::milliseconds outage_patience) {
    PooledConnection pooled = take_idle_or_slot();
    try {
        if (pooled.connection && !is_usable(pooled)) {
            pooled = {};
        }
        if (!pooled.connection) {
            pooled = connect(outage_patience);
        }
    } catch (...) {
        give_back({});
        throw;
    }
    return {*this, std::move(pooled)};
}

/// @return an idle connection, or none when the caller may open one.
PooledConnection Pool::take_idle_or_slot() {
    std::unique_lock lock(mutex_);
    ++calls_;
    if (!idle_.empty()) {
        PooledConnection pooled = std::move(idle_.back());
        idle_.pop_back();
        return pooled;
    }
    if (open_ < options_.size) {
        ++open_;
        return {};
    }
    return wait_in_line(lock);
}

PooledConnection Pool::wait_in_line(std::unique_lock<std::mutex>& lock) {
    Waiter self;
    waiters_.push_back(&self);
    ++waits_;
    if (!self.called.wait_for(lock, options_.patience, [&] { return self.is_served; })) {
        std::erase(waiters_, &self);
        throw Error(ErrorKind::busy, "no database connection came free in time");
    }
    return std::move(self.pooled);
}

bool Pool::is_usable(PooledConnection& pooled) {
    const auto time = Clock::now();
    if (options_.recycle.count() > 0 && time - pooled.opened_at > options_.recycle) {
        return false;
    }
    Clock::time_point last_broken;
    {
        const std::scoped_lock lock(mutex_);
        last_broken = last_broken_;
    }
    const bool is_trusted = time - pooled.used_at < trusted_for && last_broken < pooled.used_at;
    return is_trusted || pooled.connection->ping();
}

/// One thread at a time, as the socket of each is told by what is opened meanwhile (socket_watch.hpp). While a network
/// swallows whatever is sent each attempt takes its whole time, and those who made theirs one after another would wait
/// for the sum.
PooledConnection Pool::connect(std::chrono::milliseconds outage_patience) {
    std::unique_lock lock(mutex_);
    const auto end_of_patience = Clock::now() + options_.patience;
    for (;;) {
        const auto time = Clock::now();
        if (!is_connecting_ && (!down_since_ || time >= next_attempt_)) {
            if (auto connection = try_connect(lock)) {
                return {.connection = std::move(connection), .opened_at = Clock::now(), .used_at = Clock::now()};
            }
        }
        // An outage may have ended while we looked away.
        if (down_since_ && Clock::now() >= *down_since_ + outage_patience) {
            throw Error(ErrorKind::connection_lost, outage_);
        }
        if (down_since_) {
            const auto next = is_connecting_ ? *down_since_ + outage_patience : next_attempt_;
            outage_changed_.wait_until(lock, std::min(next, *down_since_ + outage_patience));
        } else if (is_connecting_ && outage_changed_.wait_until(lock, end_of_patience) == std::cv_status::timeout) {
            throw Error(ErrorKind::busy, "no database connection could be opened in time");
        }
    }
}

/// @return nothing when the database is away. @throws what no waiting mends.
std::unique_ptr<Connection> Pool::try_connect(std::unique_lock<std::mutex>& lock) {
    const auto started = Clock::now();
    is_connecting_ = true;
    lock.unlock();
    std::unique_ptr<Connection> connection;
    std::exception_ptr failure;
    std::string outage;
    try {
        connection = driver_.connect(access_);
    } catch (const Error& error) {
        failure = std::current_exception();
        outage = error.is_outage() ? error.what() : "";
    } catch (...) {
        failure = std::current_exception();
    }
    lock.lock();
    is_connecting_ = false;
    outage_changed_.notify_all();
    if (!failure) {
        down_since_.reset();
        return connection;
    }
    if (outage.empty()) {
        std::rethrow_exception(failure);
    }
    ++retries_;
    outage_ = std::move(outage);
    down_since_ = down_since_.value_or(started);
    next_attempt_ = Clock::now() + attempt_interval;
    return nullptr;
}

void Pool::give_back(PooledConnection pooled) noexcept {
    bool is_broken = false;
    if (pooled.connection && !pooled.connection->is_alive()) {
        is_broken = true;
        pooled.connection.reset();
    }
    const auto time = Clock::now();
    const std::scoped_lock lock(mutex_);
    if (is_broken) {
        last_broken_ = time;
    }
    pooled.used_at = time;
    if (!waiters_.empty()) {
        Waiter& next = *waiters_.front();
        waiters_.pop_front();
        next.pooled = std::move(pooled);
        next.is_served = true;
        next.called.notify_one();  // Under the lock: the waiter is gone as soon as it can see that it is served.
    } else if (pooled.connection) {
        idle_.push_back(std::move(pooled));  // Within the reserved size: cannot throw.
    } else {
        --open_;
    }
}

PoolStatistics Pool::statistics() const {
    const std::scoped_lock lock(mutex_);
    return {.size = options_.size,
            .open = open_,
            .in_use = open_ - idle_.size(),
            .calls = calls_,
            .waits = waits_,
            .retries = retries_};
}

void Pool::count_retry() {
    const std::scoped_lock lock(mutex_);
    ++retries_;
}

}  // namespace nassaq::db
