#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "db/session.hpp"

/// The SQL of the Sessions table: one row a log-in, named by the `jti` of its refresh token.
namespace nassaq::auth {

struct NewSession {
    std::string jti;
    std::int64_t user_id = 0;
    Timestamp expires_at;
    std::string_view address;
    std::string_view user_agent;
};

void insert_session(db::Session& session, const NewSession& row);
/// Whether the session lives: there, of that user, and not over.
bool is_live(db::Session& session, const std::string& jti, std::int64_t user_id);
void touch_session(db::Session& session, const std::string& jti);

}  // namespace nassaq::auth
