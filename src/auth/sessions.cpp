#include "auth/sessions.hpp"

#include "base/text.hpp"

namespace nassaq::auth {
namespace {

constexpr std::size_t longest_jti = 64;  ///< UTF-16 units, as the column has.
constexpr std::size_t kept_user_agent_characters = 255;
/// A script that logs in anew for each call leaves thousands of them.
constexpr std::int64_t most_listed_sessions = 1000;

}  // namespace

void insert_session(db::Session& session, const NewSession& row) {
    session.execute_later(
        "INSERT INTO Sessions (jti, user_id, created_at, last_used_at, expires_at, address, user_agent) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        row.jti, row.user_id, now(), now(), row.expires_at, row.address,
        text::first_code_points(row.user_agent, kept_user_agent_characters));
}

std::optional<std::string> find_current_token(db::Session& session, const std::string& jti, std::int64_t user_id) {
    return session.find<std::string>(
        "SELECT COALESCE(token_jti, jti) FROM Sessions WHERE jti = ? AND user_id = ? AND expires_at > ?", jti, user_id,
        now());
}

void touch_session(db::Session& session, const std::string& jti) {
    session.execute("UPDATE Sessions SET last_used_at = ? WHERE jti = ?", now(), jti);
}

void rotate_token(db::Session& session, const std::string& jti, const std::string& token_jti, Timestamp expires_at) {
    session.execute("UPDATE Sessions SET token_jti = ?, last_used_at = ?, expires_at = ? WHERE jti = ?", token_jti,
                    now(), expires_at, jti);
}

std::vector<LiveSession> list_sessions(db::Session& session, std::int64_t user_id) {
    return session.query_page<LiveSession>(
        "SELECT jti, created_at, last_used_at, address, user_agent FROM Sessions WHERE user_id = ? AND expires_at > ? "
        "ORDER BY last_used_at DESC, jti",
        {.limit = most_listed_sessions}, user_id, now());
}

bool end_session(db::Session& session, const std::string& jti, std::int64_t user_id) {
    if (text::count_utf16_units(jti) > longest_jti) {
        return false;  // SQL Server would be sent a text of a type that it compares with nothing.
    }
    return session.execute("DELETE FROM Sessions WHERE jti = ? AND user_id = ? AND expires_at > ?", jti, user_id,
                           now()) == 1;
}

}  // namespace nassaq::auth
