#include "db/odbc_diagnostics.hpp"

#include <sqlext.h>

#include <algorithm>
#include <array>
#include <optional>

namespace nassaq::db::odbc {
namespace {

constexpr SQLSMALLINT most_records = 20;

/// learn.microsoft.com, "Database engine events and errors", and "Troubleshoot transient connection errors" for Azure.
std::optional<ErrorKind> kind_of_sql_server(int native) {
    switch (native) {
        case 2601:
        case 2627:
            return ErrorKind::unique_violation;
        case 547:
            return ErrorKind::foreign_key_violation;
        case 515:
            return ErrorKind::not_null_violation;
        case 2628:
        case 8152:
            return ErrorKind::too_long;
        case 1205:  // Chosen as the victim of a deadlock.
        case 3960:  // Snapshot isolation met a change.
        case deadlock_of_locks:
            return ErrorKind::deadlock;
        case 1222:  // Waited too long for a lock.
        case lock_timed_out:
            return ErrorKind::busy;
        case 4221:  // From here on: the database wakes up, is moved, or has no room.
        case 10928:
        case 10929:
        case 40197:
        case 40501:
        case 40613:
        case 49918:
        case 49919:
        case 49920:
            return ErrorKind::connection_lost;
        default:
            return std::nullopt;
    }
}

/// postgresql.org/docs/15/errcodes-appendix.html, and ODBC's own states.
std::optional<ErrorKind> kind_of_state(std::string_view state) {
    if (state == "23505") {
        return ErrorKind::unique_violation;
    }
    if (state == "23503") {
        return ErrorKind::foreign_key_violation;
    }
    if (state == "23502") {
        return ErrorKind::not_null_violation;
    }
    if (state == "22001") {
        return ErrorKind::too_long;
    }
    if (state == "40P01" || state == "40001") {
        return ErrorKind::deadlock;
    }
    if (state == "55P03") {
        return ErrorKind::busy;
    }
    if (state == "57014" || state == "HYT00" || state == "HYT01") {
        return ErrorKind::timeout;
    }
    if (state.starts_with("08") || state == "57P01" || state == "57P02" || state == "57P03" || state == "57P05" ||
        state == "25P03" || state == "53300") {
        return ErrorKind::connection_lost;
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
    for (const Diagnostic& diagnostic : diagnostics) {
        const auto by_number =
            dialect == Dialect::mssql ? kind_of_sql_server(diagnostic.native) : std::optional<ErrorKind>();
        if (const auto kind = by_number ? by_number : kind_of_state(diagnostic.state)) {
            return *kind;
        }
    }
    return ErrorKind::other;
}

ErrorKind kind_of_connect(const std::vector<Diagnostic>& diagnostics) {
    // psqlODBC answers 08001 for whatever the server refuses; what no waiting mends is told by its words.
    const auto says = [&](std::string_view words) {
        return std::ranges::any_of(diagnostics, [&](const Diagnostic& diagnostic) {
            return diagnostic.message.find(words) != std::string::npos;
        });
    };
    const bool is_refused_by_postgres =
        says("FATAL") && (says("authentication failed") || says("does not exist") || says("no pg_hba.conf entry"));
    if (is_refused_by_postgres || says("Login failed")) {
        return ErrorKind::other;
    }
    for (const Diagnostic& diagnostic : diagnostics) {
        const auto by_number = kind_of_sql_server(diagnostic.native);
        const auto kind = by_number ? by_number : kind_of_state(diagnostic.state);
        if (kind == ErrorKind::connection_lost || kind == ErrorKind::timeout) {
            return ErrorKind::connection_lost;
        }
    }
    return ErrorKind::other;
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
