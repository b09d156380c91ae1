#pragma once

#include "access/rights_cache.hpp"
#include "api/answer_cache.hpp"
#include "api/rate_limits.hpp"
#include "db/database.hpp"
#include "security/jwt.hpp"

namespace nassaq::api {

/// What letting callers in takes. What the handlers of a feature use is in the Services of its own folder. All of it is
/// safe to use from several threads and outlives the server.
struct Services {
    db::Database& database;
    const security::TokenSigner& tokens;
    RateLimits& rate_limits;
    AnswerCache& answers;
    access::RightsCache& rights;
};

}  // namespace nassaq::api
