#pragma once

#include "db/database.hpp"

namespace nassaq::groups {

/// What these handlers use.
struct Services {
    db::Database& database;
};

}  // namespace nassaq::groups
