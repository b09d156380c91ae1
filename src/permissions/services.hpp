#pragma once

#include "db/database.hpp"

namespace nassaq::permissions {

/// What these handlers use.
struct Services {
    db::Database& database;
};

}  // namespace nassaq::permissions
