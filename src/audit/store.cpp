#include "audit/store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string>

#include "db/dialect.hpp"

namespace nassaq::audit {
namespace {

/// A table of millions is not counted for each page of twenty.
constexpr std::int64_t most_counted = 10'000;

/// The bounds of SQL Server's DATETIME, which every database can compare with.
constexpr Timestamp beginning_of_time = std::chrono::sys_days{std::chrono::year{1753} / 1 / 1};
constexpr Timestamp end_of_time =
    Timestamp{std::chrono::sys_days{std::chrono::year{10'000} / 1 / 1}} - std::chrono::seconds{1};

/// SQL Server keeps milliseconds: what lies between two of them begins with the later one.
Timestamp first_kept(db::Dialect dialect, Timestamp since) {
    return dialect == db::Dialect::mssql ? std::chrono::ceil<std::chrono::milliseconds>(since) : since;
}

/// The second look is for databases that compare without case; the first one finds the index.
std::string of_action_type(db::Dialect dialect) {
    return fmt::format(" AND action_type = CAST(? AS VARCHAR(50)) AND {} = CAST(? AS VARCHAR(50))",
                       db::in_code_point_order(dialect, "action_type"));
}

/// Counts to most_counted and no further, whatever there is. Each text has its index.
template <class... Values>
std::int64_t count_where(db::Session& session, const std::string& from, const Values&... values) {
    const bool is_mssql = session.dialect() == db::Dialect::mssql;
    const std::string limit = std::to_string(most_counted);
    const std::string some =
        is_mssql ? "SELECT TOP (" + limit + ") log_id" + from : "SELECT log_id" + from + " LIMIT " + limit;
    return session.get<std::int64_t>("SELECT COUNT(*) FROM (" + some + ") AS counted", values...);
}

template <class... Values>
LogList list_where(db::Session& session, const std::string& condition, db::Paging page, const Values&... values) {
    const std::string from = " FROM Logs WHERE log_timestamp >= ? AND log_timestamp <= ?" + condition;
    LogList list{
        .total = count_where(session, from, values...),
        .items = session.query_page<LogEntry>("SELECT log_id, log_timestamp, action_type, user_id, entity_id, details" +
                                                  from + " ORDER BY log_timestamp DESC, log_id DESC",
                                              page, values...)};
    if (!list.items.empty()) {
        // Who has paged on beyond what is counted is told of at least as many as he has seen.
        list.total = std::max(list.total, page.skip + static_cast<std::int64_t>(list.items.size()));
    }
    return list;
}

}  // namespace

LogList list_logs(db::Session& session, const ListLogs& filter) {
    const db::Paging page{.skip = filter.skip, .limit = filter.limit};
    const Timestamp since = first_kept(session.dialect(), filter.since.value_or(beginning_of_time));
    const Timestamp until = filter.until.value_or(end_of_time);
    // A text for each combination, so that each has its index.
    if (filter.action_type && filter.user_id) {
        return list_where(session, of_action_type(session.dialect()) + " AND user_id = ?", page, since, until,
                          *filter.action_type, *filter.action_type, *filter.user_id);
    }
    if (filter.action_type) {
        return list_where(session, of_action_type(session.dialect()), page, since, until, *filter.action_type,
                          *filter.action_type);
    }
    if (filter.user_id) {
        return list_where(session, " AND user_id = ?", page, since, until, *filter.user_id);
    }
    return list_where(session, "", page, since, until);
}

}  // namespace nassaq::audit
