#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "db/session.hpp"

/// The SQL of the Sessions table: one row a log-in, named by the `jti` of its first refresh token.
namespace nassaq::auth {

struct NewSession {
    std::string jti;
    std::int64_t user_id = 0;
    Timestamp expires_at;
    std::string_view address;
    std::string_view user_agent;
};

void insert_session(db::Session& session, const NewSession& row);
/// The `jti` of the one refresh token that counts for the session: its own name until rotation has issued another.
/// Nothing when the session does not live: not there, not of that user, or over.
std::optional<std::string> find_current_token(db::Session& session, const std::string& jti, std::int64_t user_id);
void touch_session(db::Session& session, const std::string& jti);
/// Makes another refresh token the one that counts, and the session live as long as it.
void rotate_token(db::Session& session, const std::string& jti, const std::string& token_jti, Timestamp expires_at);

/// A session that lives.
struct LiveSession {
    std::string jti;
    Timestamp created_at;
    Timestamp last_used_at;
    std::optional<std::string> address;
    std::optional<std::string> user_agent;
};
BOOST_DESCRIBE_STRUCT(LiveSession, (), (jti, created_at, last_used_at, address, user_agent))

/// The user's sessions that live, the one used last first; at most the first thousand.
std::vector<LiveSession> list_sessions(db::Session& session, std::int64_t user_id);
/// @return false when that user has no such session that lives.
bool end_session(db::Session& session, const std::string& jti, std::int64_t user_id);

}  // namespace nassaq::auth
