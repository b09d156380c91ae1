#pragma once

#include <vector>

#include "db/driver.hpp"
#include "db/migrate.hpp"

namespace nassaq::db {

/// One file of migrations/, compiled in.
struct MigrationFile {
    Dialect dialect;
    Migration migration;
};

/// All of them, in the order of their numbers.
const std::vector<MigrationFile>& migration_files();

}  // namespace nassaq::db
