#include "jobs/log_retention.hpp"

#include <cstdint>
#include <string_view>

#include "base/clock.hpp"

namespace nassaq::jobs {
namespace {

/// What the statements below remove at once: below the 5,000 locks for which SQL Server locks the whole table, and a
/// few milliseconds of SQLite's writer.
constexpr std::size_t rows_at_once = 500;
/// A step: 20,000 rows a minute, which is more than is written.
constexpr int most_batches = 40;
/// This hour's, and the last one's for a node whose clock is behind.
constexpr std::int64_t read_hours_kept = 2;

std::string_view delete_log_entries(db::Dialect dialect) {
    return dialect == db::Dialect::mssql ? "DELETE TOP (500) FROM Logs WHERE log_timestamp < ?"
                                         : "DELETE FROM Logs WHERE log_id IN (SELECT log_id FROM Logs "
                                           "WHERE log_timestamp < ? ORDER BY log_timestamp, log_id LIMIT 500)";
}

std::string_view delete_reads(db::Dialect dialect) {
    return dialect == db::Dialect::mssql
               ? "DELETE TOP (500) FROM Document_Reads WHERE read_hour < ?"
               : "DELETE FROM Document_Reads WHERE (read_hour, user_id, doc_id) IN (SELECT read_hour, user_id, doc_id "
                 "FROM Document_Reads WHERE read_hour < ? ORDER BY read_hour, user_id, doc_id LIMIT 500)";
}

/// Each batch is a transaction of its own, so that others have their turn between two.
template <class Limit>
std::size_t remove_in_batches(db::Database& database, std::string_view (*statement)(db::Dialect), Limit limit) {
    std::size_t removed = 0;
    for (int batch = 0; batch < most_batches; ++batch) {
        const auto count = static_cast<std::size_t>(database.execute(statement(database.dialect()), limit));
        removed += count;
        if (count < rows_at_once) {
            break;
        }
    }
    return removed;
}

}  // namespace

std::size_t remove_old_log_entries(db::Database& database, std::chrono::days kept) {
    if (kept == std::chrono::days{0}) {
        return 0;
    }
    const Timestamp limit = now() - kept;
    const bool any = database.read([&](db::Session& session) {
        return !session
                    .query_page<std::int64_t>(
                        "SELECT log_id FROM Logs WHERE log_timestamp < ? ORDER BY log_timestamp, log_id", {.limit = 1},
                        limit)
                    .empty();
    });
    return any ? remove_in_batches(database, delete_log_entries, limit) : 0;  // Else without taking the writer.
}

std::size_t remove_old_reads(db::Database& database) {
    const std::int64_t limit =
        std::chrono::floor<std::chrono::hours>(now()).time_since_epoch().count() - read_hours_kept + 1;
    const bool any = database.read([&](db::Session& session) {
        return session.find<std::int64_t>("SELECT MIN(read_hour) FROM Document_Reads HAVING MIN(read_hour) < ?", limit)
            .has_value();
    });
    return any ? remove_in_batches(database, delete_reads, limit) : 0;
}

}  // namespace nassaq::jobs
