#pragma once

#include "api/rate_limits.hpp"
#include "db/database.hpp"
#include "security/jwt.hpp"
#include "settings/settings.hpp"

namespace nassaq::auth {

/// What these handlers use.
struct Services {
    const settings::Settings& settings;  ///< How long tokens live, and which count.
    db::Database& database;
    const security::TokenSigner& tokens;
    api::RateLimits& rate_limits;
};

}  // namespace nassaq::auth
