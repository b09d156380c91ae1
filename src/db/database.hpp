#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

#include "db/driver.hpp"
#include "db/pool.hpp"
#include "db/session.hpp"

namespace nassaq::db {

/// The database of this process: a pool of connections, and the only way to transactions. Safe to use from any thread.
///
/// A thread must not call it again from inside one of its callbacks: it could wait for its own connection.
class Database {
public:
    /// Opens one connection at once, so that a database that is not there is known from the start.
    Database(std::unique_ptr<Driver> driver, std::size_t connections);

    /// Runs `work(Session&)`, which must only read.
    template <class Work>
    auto read(Work&& work) {
        const Lease lease = readers_.acquire();
        Session session(*lease, dialect_);
        return std::forward<Work>(work)(session);
    }

    /// Runs `work(Session&)` in a transaction: committed when it returns, rolled back when it throws.
    template <class Work>
    auto transaction(Work&& work) {
        const Lease lease = writers().acquire();
        Session session(*lease, dialect_);
        Transaction transaction(*lease);
        if constexpr (std::is_void_v<std::invoke_result_t<Work, Session&>>) {
            std::forward<Work>(work)(session);
            transaction.commit();
        } else {
            auto result = std::forward<Work>(work)(session);
            transaction.commit();
            return result;
        }
    }

    [[nodiscard]] Dialect dialect() const { return dialect_; }

private:
    Pool& writers() { return single_writer_ ? *single_writer_ : readers_; }

    std::unique_ptr<Driver> driver_;
    Dialect dialect_;
    Pool readers_;
    std::unique_ptr<Pool> single_writer_;
};

}  // namespace nassaq::db
