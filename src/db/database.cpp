#include "db/database.hpp"

#include <random>
#include <thread>

#include "base/log.hpp"

namespace nassaq::db {
namespace {

/// SQLite's reading connections cost a file descriptor and nothing else; its writer is one.
PoolOptions for_the_writer(PoolOptions options) {
    options.size = 1;
    return options;
}

}  // namespace

Database::Database(std::unique_ptr<Driver> driver, PoolOptions options)
    : driver_(std::move(driver)),
      dialect_(driver_->dialect()),
      readers_(*driver_, driver_->has_single_writer() ? Access::read_only : Access::read_write, options) {
    if (driver_->has_single_writer()) {
        single_writer_ = std::make_unique<Pool>(*driver_, Access::read_write, for_the_writer(options));
        group_commit_ = std::make_unique<GroupCommit>(*single_writer_, options.patience);
    }
    static_cast<void>((single_writer_ ? *single_writer_ : readers_).acquire());
    changes_ = driver_->watch_changes();
}

std::int64_t Database::execute_with(std::string_view sql, std::span<const Parameter> values) {
    if (group_commit_) {
        return transaction([&](Session& session) { return session.execute_with(sql, values); });
    }
    // A server makes a transaction of a statement that is in none: in one round trip, where BEGIN and COMMIT take
    // three.
    return run_again(
        readers_, [&](Connection& connection) { return Session(connection, dialect_).execute_with(sql, values); },
        &is_undone);
}

void Database::check() {
    const Lease lease = readers_.acquire(std::chrono::milliseconds{0});
    Session(*lease, dialect_).get<std::int64_t>("SELECT COUNT(*) FROM Roles");
}

PoolStatistics Database::statistics() const {
    PoolStatistics all = readers_.statistics();
    if (single_writer_) {
        const PoolStatistics writer = single_writer_->statistics();
        const GroupCommit::Statistics transactions = group_commit_->statistics();
        all.size += writer.size;
        all.open += writer.open;
        all.in_use += writer.in_use;
        all.calls += transactions.calls;
        all.waits += transactions.waits;
        all.retries += writer.retries + transactions.retries;
    }
    return all;
}

void Database::log_rerun(const Error& error) {
    log::warning("work on the database was undone, and is run again", {{"error", error.what()}});
}

/// For a time that differs, so that those who met in a deadlock do not meet again.
void Database::pause_before_rerun(Pool& pool, int runs) {
    static thread_local std::minstd_rand chance{std::random_device{}()};
    pool.count_retry();
    std::this_thread::sleep_for(std::chrono::milliseconds{5 * runs} + std::chrono::milliseconds{chance() % 20});
}

}  // namespace nassaq::db
