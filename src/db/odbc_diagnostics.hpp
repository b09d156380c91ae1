#pragma once

#include <sql.h>

#include <string>
#include <string_view>
#include <vector>

#include "db/driver.hpp"

namespace nassaq::db::odbc {

/// The numbers of errors that we throw on SQL Server, where an application's begin at 50,000.
inline constexpr int deadlock_of_locks = 51'205;
inline constexpr int lock_timed_out = 51'222;

/// One record of SQLGetDiagRec.
struct Diagnostic {
    std::string state;  ///< SQLSTATE: five characters.
    int native = 0;     ///< The database's own number.
    std::string message;
};

/// What the last call on that handle has left.
std::vector<Diagnostic> diagnostics_of(SQLSMALLINT handle_type, SQLHANDLE handle);

/// Which of our errors it is. SQL Server is told by its numbers, also where its driver says that they are that
/// server's; PostgreSQL by SQLSTATE.
ErrorKind kind_of(const std::vector<Diagnostic>& diagnostics, Dialect dialect);

/// Of a failure to connect: `connection_lost` of a database that is away, and `throttled` of one that takes no more
/// sessions now, are worth another try; `other` is not.
ErrorKind kind_of_connect(const std::vector<Diagnostic>& diagnostics);

/// The constraint or index that a message of PostgreSQL or SQL Server names, or "".
std::string constraint_in(std::string_view message);

/// Everything in one line for the log.
std::string describe(std::string_view what, const std::vector<Diagnostic>& diagnostics);

}  // namespace nassaq::db::odbc
