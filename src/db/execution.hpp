#pragma once

#include <cstdint>
#include <span>

#include "db/session.hpp"

namespace nassaq::db {

/// Executes a statement and passes over whatever rows it has: only behind the last of them it is certain to be done,
/// and what went wrong behind an earlier part of it is known. @return the number of rows changed. @throws Error
inline std::int64_t execute_to_the_end(Statement& statement, std::span<const Parameter> parameters) {
    const detail::Execution execution(statement);
    statement.execute(parameters);
    while (statement.next()) {
        // Nobody asks for them.
    }
    return statement.changed_rows();
}

}  // namespace nassaq::db
