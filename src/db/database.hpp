#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string_view>
#include <type_traits>
#include <utility>

#include "db/driver.hpp"
#include "db/group_commit.hpp"
#include "db/pool.hpp"
#include "db/session.hpp"

namespace nassaq::db {

namespace detail {

template <class Result>
bool is_refusal(const Result&) {
    return false;
}
template <class Value, class Refusal>
bool is_refusal(const std::expected<Value, Refusal>& result) {
    return !result.has_value();
}

}  // namespace detail

/// The database of this process: a pool of connections, and the only way to transactions. Safe to use from any thread.
///
/// A thread must not call it again from inside one of its callbacks: it could wait for its own connection.
///
/// Work that a deadlock or a lost connection has undone for certain is run again, so a callback may run several times:
/// what it changes outside of the database must come out the same. Nothing is run again when a COMMIT got no answer.
/// Where there is one writer, transactions that come together are committed together (GroupCommit), so a callback may
/// also run on another thread than its caller's.
class Database {
public:
    /// Opens one connection at once, so that a database that is not there is known from the start.
    Database(std::unique_ptr<Driver> driver, PoolOptions options);
    Database(std::unique_ptr<Driver> driver, std::size_t connections)
        : Database(std::move(driver), PoolOptions{.size = connections}) {}

    /// Runs `work(Session&)`, which must only read.
    template <class Work>
    auto read(Work&& work) {
        return run_again(
            readers_, [&](Connection& connection) { return run_on(connection, work); }, &is_undone);
    }

    /// As read(), but ended as soon as `stop` is requested. @throws Error: stopped, then.
    template <class Work>
    auto read(const std::stop_token& stop, Work&& work) {
        try {
            throw_if_stopped(stop);
            return run_again(
                readers_,
                [&](Connection& connection) {
                    const auto interruption = connection.interrupt_on(stop);
                    return run_on(connection, work);
                },
                [&](const Error& error) { return is_undone(error) && !stop.stop_requested(); });
        } catch (const Error&) {
            throw_if_stopped(stop);
            throw;
        }
    }

    /// As read(), for work that hands on what it has read while it is still reading: never run again.
    template <class Work>
    auto read_once(Work&& work) {
        const Lease lease = readers_.acquire();
        return run_on(*lease, work);
    }

    /// Runs `work(Session&)` in a transaction: committed when it returns, rolled back when it throws, or returns a
    /// std::unexpected.
    template <class Work>
    auto transaction(Work&& work) {
        if (group_commit_) {
            return transaction_in_group(work);
        }
        bool is_committing = false;
        return run_again(
            readers_,
            [&](Connection& connection) {
                is_committing = false;
                Transaction transaction(connection);
                if constexpr (std::is_void_v<std::invoke_result_t<Work, Session&>>) {
                    run_on(connection, work);
                    is_committing = true;
                    transaction.commit();
                } else {
                    auto result = run_on(connection, work);
                    if (!detail::is_refusal(result)) {
                        is_committing = true;
                        transaction.commit();
                    }
                    return result;
                }
            },
            [&](const Error& error) {
                return is_undone(error) && (!is_committing || error.kind() != ErrorKind::connection_lost);
            });
    }

    /// A transaction of one statement, which may be run twice: it is not known whether it was done when the connection
    /// is lost. @return the number of rows changed, by the last run.
    template <class... Values>
    std::int64_t execute(std::string_view sql, const Values&... values) {
        const std::initializer_list<Parameter> parameters = {detail::to_parameter(values)...};
        return execute_with(sql, {parameters.begin(), parameters.size()});
    }
    std::int64_t execute_with(std::string_view sql, std::span<const Parameter> values);
    /// The same for a statement that returns rows that it changes (see update_returning()). @return the first, if any.
    template <class Row, class... Values>
    std::optional<Row> find_changed(std::string_view sql, const Values&... values) {
        const auto work = [&](Session& session) { return session.find<Row>(sql, values...); };
        return group_commit_ ? transaction(work) : read(work);
    }

    /// Whether the database answers, without waiting for it to come back. @throws Error when it does not.
    void check();

    /// A number that is another as soon as anyone has committed a change to the database: what was read after it was
    /// taken is still true while it is the same. Waits for no transaction, so it may be asked for on an I/O thread.
    /// Nothing when it cannot be told now, and always where only a server could tell.
    [[nodiscard]] std::optional<std::int64_t> version() const { return changes_ ? changes_->version() : std::nullopt; }

    [[nodiscard]] Dialect dialect() const { return dialect_; }
    /// Of all connections.
    [[nodiscard]] PoolStatistics statistics() const;

private:
    static constexpr int most_runs = 3;

    static void throw_if_stopped(const std::stop_token& stop) {
        if (stop.stop_requested()) {
            throw Error(ErrorKind::stopped, "nobody waits for the answer any more");
        }
    }

    static bool is_undone(const Error& error) {
        return error.kind() == ErrorKind::deadlock || error.kind() == ErrorKind::connection_lost;
    }

    template <class Work>
    auto run_on(Connection& connection, Work& work) {
        Session session(connection, dialect_);
        if constexpr (std::is_void_v<std::invoke_result_t<Work&, Session&>>) {
            work(session);
            session.execute_pending();
        } else {
            auto result = work(session);
            if (!detail::is_refusal(result)) {
                session.execute_pending();
            }
            return result;
        }
    }

    template <class Work>
    std::invoke_result_t<Work&, Session&> transaction_in_group(Work& work) {
        using Result = std::invoke_result_t<Work&, Session&>;
        if constexpr (std::is_void_v<Result>) {
            group_commit_->run([&](Connection& connection) {
                run_on(connection, work);
                return true;
            });
        } else {
            std::optional<Result> result;
            group_commit_->run([&](Connection& connection) {
                result.emplace(run_on(connection, work));
                return !detail::is_refusal(*result);
            });
            // NOLINTNEXTLINE(bugprone-unchecked-optional-access): it has run, or has thrown.
            return std::move(*result);
        }
    }

    /// The connection is taken outside of the `try`: who got none has waited long enough.
    template <class Run, class IsSafe>
    auto run_again(Pool& pool, Run run, IsSafe is_safe) {
        for (int runs = 1;; ++runs) {
            {
                const Lease lease = pool.acquire();
                try {
                    return run(*lease);
                } catch (const Error& error) {
                    if (!is_safe(error) || runs == most_runs) {
                        throw;
                    }
                    log_rerun(error);
                }
            }
            pause_before_rerun(pool, runs);
        }
    }

    static void log_rerun(const Error& error);
    static void pause_before_rerun(Pool& pool, int runs);

    std::unique_ptr<Driver> driver_;
    Dialect dialect_;
    Pool readers_;  ///< And writers, unless there can be but one.
    std::unique_ptr<Pool> single_writer_;
    std::unique_ptr<GroupCommit> group_commit_;  ///< Of the single writer.
    std::unique_ptr<ChangeWatch> changes_;
};

}  // namespace nassaq::db
