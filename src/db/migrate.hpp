#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "db/database.hpp"

namespace nassaq::db {

/// One numbered step of the schema, from migrations/NNNN_name.DIALECT.sql.
struct Migration {
    std::int64_t version = 0;
    std::string_view name;
    std::string_view script;
};

/// The steps that `database` has not had yet, in order.
std::vector<Migration> pending_migrations(Database& database);

/// Brings the database to the current schema, each step in a transaction of its own with its row in Schema_Version, but
/// for those that say in their first line that they are outside of one. Several processes may do it at once. @return
/// the steps that this call has taken.
std::vector<Migration> migrate(Database& database);

}  // namespace nassaq::db
