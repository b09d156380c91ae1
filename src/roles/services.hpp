#pragma once

#include "db/database.hpp"

namespace nassaq::roles {

/// What these handlers use.
struct Services {
    db::Database& database;
};

}  // namespace nassaq::roles
