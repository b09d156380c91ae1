#pragma once

#include "db/database.hpp"
#include "db/foreign_keys.hpp"

namespace nassaq::paths {

/// What these handlers use.
struct Services {
    db::Database& database;
    db::ForeignKeys& foreign_keys;
};

}  // namespace nassaq::paths
