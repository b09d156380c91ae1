#pragma once

#include "db/database.hpp"
#include "usage/usage.hpp"

namespace nassaq::quotas {

/// What these handlers use.
struct Services {
    db::Database& database;
    usage::Limits defaults;  ///< Of whom no quota of a user or role says otherwise.
};

}  // namespace nassaq::quotas
