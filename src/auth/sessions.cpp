#include "auth/sessions.hpp"

#include "base/text.hpp"

namespace nassaq::auth {
namespace {

constexpr std::size_t kept_user_agent_characters = 255;

}  // namespace

void insert_session(db::Session& session, const NewSession& row) {
    session.execute(
        "INSERT INTO Sessions (jti, user_id, created_at, last_used_at, expires_at, address, user_agent) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        row.jti, row.user_id, now(), now(), row.expires_at, row.address,
        text::first_code_points(row.user_agent, kept_user_agent_characters));
}

bool is_live(db::Session& session, const std::string& jti, std::int64_t user_id) {
    return session
        .find<std::string>("SELECT jti FROM Sessions WHERE jti = ? AND user_id = ? AND expires_at > ?", jti, user_id,
                           now())
        .has_value();
}

void touch_session(db::Session& session, const std::string& jti) {
    session.execute("UPDATE Sessions SET last_used_at = ? WHERE jti = ?", now(), jti);
}

}  // namespace nassaq::auth
