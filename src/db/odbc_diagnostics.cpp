#include "db/odbc_diagnostics.hpp"

#include <sqlext.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <utility>

namespace nassaq::db::odbc {
namespace {

constexpr SQLSMALLINT most_records = 20;

bool has(std::span<const int> numbers, int native) {
    return std::ranges::find(numbers, native) != numbers.end();
}

/// learn.microsoft.com, "Database engine events and errors", "Troubleshoot transient connection errors in SQL
/// Database", and "Resource management in Azure SQL Database".
constexpr std::array unique_violations{1505, 2601, 2627};  // 1505: of a unique index to be made.
constexpr std::array texts_too_long{2628, 8152};
constexpr std::array deadlocks{1205, 3960, deadlock_of_locks};  // 3960: snapshot isolation met a change.
/// 1204, no memory for more locks: what ran holds some of them, and has to give them up for that to pass. Running it
/// again at once, as after a deadlock, would only take them anew.
constexpr std::array lock_waits{1204, 1222, lock_timed_out};
/// It starts, stops, wakes, or is moved to another machine. 4060, a database that cannot be opened, comes with 18456,
/// a log-in that failed. 3906, a database that is read only, is what is left of a primary behind a failover.
constexpr std::array aways{921,   922,   976,   983,   3906,  4060,  4221,  6005,  18401,
                           40143, 40197, 40540, 40613, 42108, 42109, 49918, 49919, 49920};
/// No memory (701, 8645, 8651), no worker or session left (10928, 10929, 10936), too busy (40501), and sessions that
/// were ended because they ran too long, or took too many locks or too much memory (40549, 40550, 40553).
constexpr std::array throttles{701, 8645, 8651, 10928, 10929, 10936, 40501, 40549, 40550, 40553};
/// No room in a filegroup (1101, 1105), in the log (9002, 40552), in tempdb (40551), or in what was paid for (40544).
constexpr std::array fulls{1101, 1105, 9002, 40544, 40551, 40552};
constexpr int login_failed = 18456;

std::optional<ErrorKind> kind_of_sql_server(int native) {
    if (has(unique_violations, native)) return ErrorKind::unique_violation;
    if (native == 547) return ErrorKind::foreign_key_violation;
    if (native == 515) return ErrorKind::not_null_violation;
    if (has(texts_too_long, native)) return ErrorKind::too_long;
    if (has(deadlocks, native)) return ErrorKind::deadlock;
    if (has(lock_waits, native)) return ErrorKind::busy;
    if (has(aways, native)) return ErrorKind::connection_lost;
    if (has(throttles, native)) return ErrorKind::throttled;
    if (has(fulls, native)) return ErrorKind::full;
    return std::nullopt;
}

/// postgresql.org/docs/15/errcodes-appendix.html, and ODBC's own states. 25006: a standby, or a primary that has become
/// one; 53200: no memory; 53100: no room on the disk.
constexpr std::array<std::pair<std::string_view, ErrorKind>, 19> kinds_of_states{{
    {"23505", ErrorKind::unique_violation},
    {"23503", ErrorKind::foreign_key_violation},
    {"23502", ErrorKind::not_null_violation},
    {"22001", ErrorKind::too_long},
    {"40P01", ErrorKind::deadlock},
    {"40001", ErrorKind::deadlock},
    {"55P03", ErrorKind::busy},
    {"53200", ErrorKind::throttled},
    {"53100", ErrorKind::full},
    {"57014", ErrorKind::timeout},
    {"HYT00", ErrorKind::timeout},
    {"HYT01", ErrorKind::timeout},
    {"57P01", ErrorKind::connection_lost},
    {"57P02", ErrorKind::connection_lost},
    {"57P03", ErrorKind::connection_lost},
    {"57P05", ErrorKind::connection_lost},
    {"25006", ErrorKind::connection_lost},
    {"25P03", ErrorKind::connection_lost},
    {"53300", ErrorKind::connection_lost},
}};

std::optional<ErrorKind> kind_of_state(std::string_view state) {
    if (state.starts_with("08")) {
        return ErrorKind::connection_lost;
    }
    const auto* found = std::ranges::find(kinds_of_states, state, &std::pair<std::string_view, ErrorKind>::first);
    return found == kinds_of_states.end() ? std::nullopt : std::optional(found->second);
}

/// Every driver begins the message of a server's error with where it comes from: "[Microsoft][ODBC Driver 18 for SQL
/// Server][SQL Server]…" (learn.microsoft.com, "Diagnostic Messages"). Other products' numbers mean something else.
bool is_of_sql_server(const Diagnostic& diagnostic) {
    return diagnostic.message.starts_with('[') && diagnostic.message.find("SQL Server]") != std::string::npos;
}

bool says(std::span<const Diagnostic> diagnostics, std::string_view words) {
    return std::ranges::any_of(
        diagnostics, [&](const Diagnostic& diagnostic) { return diagnostic.message.find(words) != std::string::npos; });
}

/// psqlODBC has the same state for whatever the server refuses, and a server that speaks T-SQL for PostgreSQL may have
/// none: what no waiting mends is told by its words.
bool is_refused(std::span<const Diagnostic> diagnostics) {
    const bool is_refused_by_postgres = says(diagnostics, "FATAL") && (says(diagnostics, "authentication failed") ||
                                                                       says(diagnostics, "does not exist") ||
                                                                       says(diagnostics, "no pg_hba.conf entry"));
    const bool is_refused_by_number =
        std::ranges::find(diagnostics, login_failed, &Diagnostic::native) != diagnostics.end();
    return is_refused_by_postgres || is_refused_by_number || says(diagnostics, "Login failed");
}

/// PostgreSQL's 57P03: "… is starting up", "… not yet accepting connections", "… shutting down", "… in recovery mode".
bool is_in_between(std::span<const Diagnostic> diagnostics) {
    return says(diagnostics, "the database system is ");
}

/// The first that tells.
template <class KindOf>
std::optional<ErrorKind> first_kind(std::span<const Diagnostic> diagnostics, KindOf kind_of_one) {
    for (const Diagnostic& diagnostic : diagnostics) {
        if (const auto kind = kind_of_one(diagnostic)) {
            return kind;
        }
    }
    return std::nullopt;
}

/// What stands between the first pair of such quotes.
std::string quoted(std::string_view text, char quote) {
    const std::size_t begin = text.find(quote);
    const std::size_t end = begin == std::string_view::npos ? begin : text.find(quote, begin + 1);
    return end == std::string_view::npos ? std::string() : std::string(text.substr(begin + 1, end - begin - 1));
}

}  // namespace

std::vector<Diagnostic> diagnostics_of(SQLSMALLINT handle_type, SQLHANDLE handle) {
    std::vector<Diagnostic> found;
    std::array<SQLCHAR, SQL_SQLSTATE_SIZE + 1> state{};
    std::array<SQLCHAR, 2048> message{};
    for (SQLSMALLINT record = 1; record <= most_records; ++record) {
        SQLINTEGER native = 0;
        SQLSMALLINT length = 0;
        if (!SQL_SUCCEEDED(SQLGetDiagRec(handle_type, handle, record, state.data(), &native, message.data(),
                                         static_cast<SQLSMALLINT>(message.size()), &length))) {
            break;
        }
        found.push_back({.state = reinterpret_cast<const char*>(state.data()),
                         .native = native,
                         .message = reinterpret_cast<const char*>(message.data())});
    }
    return found;
}

ErrorKind kind_of(const std::vector<Diagnostic>& diagnostics, Dialect dialect) {
    const auto kind = first_kind(diagnostics, [&](const Diagnostic& diagnostic) {
        const bool has_number = dialect == Dialect::mssql || is_of_sql_server(diagnostic);
        const auto by_number = has_number ? kind_of_sql_server(diagnostic.native) : std::optional<ErrorKind>();
        return by_number ? by_number : kind_of_state(diagnostic.state);
    });
    return kind.value_or(ErrorKind::other);
}

ErrorKind kind_of_connect(const std::vector<Diagnostic>& diagnostics) {
    // All numbers before any word, and before any state: what comes with a failed log-in tells why it failed.
    const auto by_number =
        first_kind(diagnostics, [](const Diagnostic& diagnostic) { return kind_of_sql_server(diagnostic.native); });
    if (by_number == ErrorKind::connection_lost || by_number == ErrorKind::throttled) {
        return *by_number;
    }
    if (is_in_between(diagnostics)) {
        return ErrorKind::connection_lost;
    }
    if (is_refused(diagnostics)) {
        return ErrorKind::other;
    }
    const auto by_state =
        first_kind(diagnostics, [](const Diagnostic& diagnostic) { return kind_of_state(diagnostic.state); });
    return by_state == ErrorKind::connection_lost || by_state == ErrorKind::timeout ? ErrorKind::connection_lost
                                                                                    : ErrorKind::other;
}

/// PostgreSQL writes "…", SQL Server '…': the constraint is its first, but of 2601 the index is the second.
std::string constraint_in(std::string_view message) {
    if (const std::string name = quoted(message, '"'); !name.empty()) {
        return name;
    }
    constexpr std::string_view index = "unique index '";
    const std::size_t place = message.find(index);
    return quoted(place == std::string_view::npos ? message : message.substr(place + index.size() - 1), '\'');
}

std::string describe(std::string_view what, const std::vector<Diagnostic>& diagnostics) {
    std::string text(what);
    for (const Diagnostic& diagnostic : diagnostics) {
        text += (&diagnostic == diagnostics.data() ? ": [" : "; [") + diagnostic.state + "/" +
                std::to_string(diagnostic.native) + "] " + diagnostic.message;
    }
    std::ranges::replace(text, '\n', ' ');
    return text;
}

}  // namespace nassaq::db::odbc
