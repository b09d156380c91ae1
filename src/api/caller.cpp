#include "api/caller.hpp"

#include <fmt/format.h>

#include <utility>

namespace nassaq::api {

bool Caller::has_valid_token() const {
    if (token.session_id.empty()) {
        return !tokens_valid_from || token.issued_at >= *tokens_valid_from;
    }
    return live_session.has_value();
}

std::optional<Caller> find_caller(db::Session& session, const security::Claims& token, std::vector<db::Lock> locks) {
    auto caller = session.lock_and_find<Caller>(
        std::move(locks),
        fmt::format("SELECT u.user_id, u.full_name, u.email, u.username, u.role_id, r.role_name, u.is_active, "
                    "u.created_at, u.tokens_valid_from, s.jti, {}, t.user_id FROM Users u CROSS JOIN Access_Version v "
                    "LEFT JOIN Temporary_Passwords t ON t.user_id = u.user_id "
                    "LEFT JOIN Roles r ON r.role_id = u.role_id "
                    "LEFT JOIN Sessions s ON s.jti = ? AND s.user_id = u.user_id AND s.expires_at > ? "
                    "WHERE u.user_id = ?",
                    access::version_columns(session.dialect())),
        token.session_id, now(), token.subject);
    if (caller) {
        caller->token = token;
    }
    return caller;
}

std::optional<Caller> find_caller(db::Session& session, std::int64_t user_id) {
    return find_caller(session, security::Claims{.subject = user_id});
}

void read_rights(db::Session& session, Caller& caller, const Caller* earlier) {
    if (earlier != nullptr && earlier->rights && earlier->rights_version() == caller.rights_version() &&
        earlier->person() == caller.person()) {
        caller.rights = earlier->rights;
    } else {
        caller.rights = std::make_shared<const access::Rights>(access::read_rights(session, caller.person()));
    }
}

db::Lock lock_of_user(std::int64_t user_id, db::LockMode mode) {
    return {.name = fmt::format("user {}", user_id), .mode = mode};
}

void lock_user(db::Session& transaction, std::int64_t user_id) {
    transaction.lock({lock_of_user(user_id)});
}

}  // namespace nassaq::api
