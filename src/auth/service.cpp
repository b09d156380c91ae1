#include "auth/service.hpp"

#include <chrono>
#include <expected>

#include "api/guard.hpp"
#include "audit/audit.hpp"
#include "auth/attempts.hpp"
#include "auth/creation.hpp"
#include "auth/sessions.hpp"
#include "auth/username.hpp"
#include "base/id.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "homes/service.hpp"
#include "security/password.hpp"
#include "users/store.hpp"

namespace nassaq::auth {
namespace {

using api::refuse;
using api::Result;
using audit::Action;
using security::Claims;
using security::TokenType;

/// Somebody of nearly the same address may register at the same moment and get the username that was free.
constexpr int most_username_tries = 5;

std::chrono::sys_seconds current_second() {
    return std::chrono::floor<std::chrono::seconds>(now());
}

std::unexpected<api::Refusal> refuse_taken(users::Taken taken) {
    return taken == users::Taken::email ? refuse(RefusalCode::email_taken, "Email already registered")
                                        : refuse(RefusalCode::username_taken, "Username already taken");
}

std::unexpected<api::Refusal> refuse_log_in() {
    return refuse(RefusalCode::login_failed, "Incorrect email or password");
}

std::unexpected<api::Refusal> refuse_inactive() {
    return refuse(RefusalCode::account_inactive, "User is not active");
}

std::unexpected<api::Refusal> refuse_refresh_token() {
    return refuse(RefusalCode::refresh_token_invalid, "Invalid refresh token");
}

/// Before the costly hash; the unique indexes decide in the end.
Result<> require_free(db::Session& session, const std::string& email, const std::optional<std::string>& username) {
    if (users::is_email_taken(session, email)) {
        return refuse_taken(users::Taken::email);
    }
    if (username && users::is_username_taken(session, *username)) {
        return refuse_taken(users::Taken::username);
    }
    return {};
}

/// @param session_end  The token does not outlive its session.
std::string issue_access_token(Services& services, std::int64_t user_id, std::optional<std::int64_t> role_id,
                               const std::string& session_id, std::chrono::sys_seconds session_end) {
    const auto issued_at = current_second();
    return services.tokens.sign({.subject = user_id,
                                 .role_id = role_id,
                                 .expires_at = std::min(issued_at + services.settings.access_token_life, session_end),
                                 .issued_at = issued_at,
                                 .type = TokenType::access,
                                 .session_id = session_id});
}

/// When a refresh token begins and ends: one reading of the clock for the token and its row.
struct Validity {
    std::chrono::sys_seconds issued_at;
    std::chrono::sys_seconds expires_at;
};

Validity refresh_token_validity(const Services& services) {
    const auto issued_at = current_second();
    return {.issued_at = issued_at, .expires_at = issued_at + services.settings.refresh_token_life};
}

/// @param token_id  empty for the first of a session, which has the session's name.
std::string issue_refresh_token(Services& services, std::int64_t user_id, const std::string& session_id,
                                const std::string& token_id, const Validity& validity) {
    return services.tokens.sign({.subject = user_id,
                                 .role_id = {},
                                 .expires_at = validity.expires_at,
                                 .issued_at = validity.issued_at,
                                 .type = TokenType::refresh,
                                 .session_id = session_id,
                                 .token_id = token_id});
}

/// Hashing takes its time, in which the account can be deactivated or get another password: a session that opened after
/// that would outlive the revocation of all of them.
Result<> require_unchanged(db::Session& session, const users::Credentials& user) {
    const auto stored = users::lock_credentials(session, user.user_id);
    if (!stored || stored->password_hash != user.password_hash) {
        return refuse_log_in();
    }
    if (!stored->is_active) {
        return refuse_inactive();
    }
    return {};
}

Result<TokenPair> open_session(Services& services, const users::Credentials& user, const Client& client) {
    const std::string jti = random_uuid();
    const Validity validity = refresh_token_validity(services);
    const auto opened = services.database.transaction([&](db::Session& session) -> Result<> {
        if (auto unchanged = require_unchanged(session, user); !unchanged) {
            return unchanged;
        }
        if (!use_temporary_password(session, user.user_id)) {
            return refuse(RefusalCode::password_used_up,
                          "This password was for one log-in. Please ask an administrator for another one.");
        }
        insert_session(session, {.jti = jti,
                                 .user_id = user.user_id,
                                 .expires_at = validity.expires_at,
                                 .address = client.address,
                                 .user_agent = client.user_agent});
        audit::record(session, Action::user_login, user.user_id, user.user_id);
        return {};
    });
    if (!opened) {
        return std::unexpected(opened.error());
    }
    return TokenPair{.access_token = issue_access_token(services, user.user_id, user.role_id, jti, validity.expires_at),
                     .refresh_token = issue_refresh_token(services, user.user_id, jti, {}, validity)};
}

Result<Claims> verify_refresh_token(Services& services, std::optional<std::string_view> token) {
    if (!token) {
        return refuse_refresh_token();
    }
    auto claims = services.tokens.verify(*token, current_second());
    if (!claims) {
        return refuse_refresh_token();
    }
    if (claims->type != TokenType::refresh) {
        return refuse(RefusalCode::refresh_token_required, "Invalid token type. Refresh token required.");
    }
    if (claims->session_id.empty() && !services.settings.accepts_legacy_refresh_tokens) {
        return refuse_refresh_token();
    }
    return std::move(*claims);
}

enum class Use { valid, session_over, used_before };

/// Counts a use of the token; a token that has been replaced was stolen, from its owner or by them: nobody can tell, so
/// the session ends for both.
Use count_use(db::Session& session, const Claims& claims, const std::string& next_token_id,
              std::chrono::sys_seconds next_expires_at) {
    touch_session(session, claims.session_id);  // First, because it keeps other uses of the token waiting.
    const auto current = find_current_token(session, claims.session_id, claims.subject);
    if (!current) {
        return Use::session_over;
    }
    if (*current != (claims.token_id.empty() ? claims.session_id : claims.token_id)) {
        end_session(session, claims.session_id, claims.subject);
        audit::record(session, Action::user_logout, claims.subject, claims.subject, "refresh token used again");
        return Use::used_before;
    }
    if (!next_token_id.empty()) {
        rotate_token(session, claims.session_id, next_token_id, next_expires_at);
    }
    return Use::valid;
}

/// @return the refresh token that takes its place, when they rotate.
Result<std::optional<std::string>> use_refresh_token(Services& services, const Claims& claims) {
    const bool rotates = services.settings.rotates_refresh_tokens;
    const std::string next_id = rotates ? random_uuid() : std::string();
    const Validity validity = refresh_token_validity(services);
    const Use use = services.database.transaction(
        [&](db::Session& session) { return count_use(session, claims, next_id, validity.expires_at); });
    if (use == Use::used_before) {
        log::warning("a refresh token was used again; its session has ended", {{"user_id", claims.subject}});
    }
    if (use != Use::valid) {
        return refuse_refresh_token();
    }
    return rotates ? std::optional(issue_refresh_token(services, claims.subject, claims.session_id, next_id, validity))
                   : std::nullopt;
}

std::expected<users::UserResponse, users::Taken> insert_registered(db::Session& session, const RegisterRequest& request,
                                                                   const std::string& email,
                                                                   const std::string& password_hash) {
    const std::string username =
        request.username ? *request.username : free_username(session, username_from_email(email));
    const auto user_id = users::insert_user(
        session,
        {.full_name = request.full_name, .email = email, .username = username, .password_hash = password_hash});
    if (!user_id) {
        return std::unexpected(user_id.error());
    }
    audit::record(session, Action::user_register, *user_id, *user_id);
    return users::get_user(session, *user_id);
}

}  // namespace

Result<users::UserResponse> register_user(Services& services, const RegisterRequest& request) {
    if (!services.settings.registration_is_open) {
        return refuse(RefusalCode::registration_closed,
                      "Registration is closed. Please ask an administrator for an account.");
    }
    const std::string email = text::to_lower(request.email);
    const auto is_free =
        services.database.read([&](db::Session& session) { return require_free(session, email, request.username); });
    if (!is_free) {
        return std::unexpected(is_free.error());
    }
    const std::string password_hash = security::hash_password(request.password);
    for (int tries = 1;; ++tries) {
        const auto registered = services.database.transaction(
            [&](db::Session& session) { return insert_registered(session, request, email, password_hash); });
        if (registered) {
            return *registered;
        }
        const bool chose_username_ourselves = registered.error() == users::Taken::username && !request.username;
        if (!chose_username_ourselves || tries == most_username_tries) {
            return refuse_taken(registered.error());
        }
    }
}

Result<TokenPair> log_in(Services& services, const LoginForm& form, const Client& client) {
    const std::string email{text::trim(form.username)};
    const auto user =
        services.database.read([&](db::Session& session) { return users::find_credentials(session, email); });
    if (auto counted = count_attempt(services, user, email); !counted) {
        return std::unexpected(counted.error());
    }
    // An unknown address costs the same hash as a wrong password, so that the time tells nobody which it was.
    const bool matches =
        security::verify_password(form.password, user ? std::string_view(user->password_hash) : security::decoy_hash());
    if (!user || !matches) {
        record_failed_attempt(services, user, user ? "wrong password" : "unknown e-mail");
        return refuse_log_in();
    }
    if (!user->is_active) {
        record_failed_attempt(services, user, "account is not active");
        return refuse_inactive();
    }
    auto tokens = open_session(services, *user, client);
    if (tokens) {
        homes::give_home(services.database, services.settings.home_folders, user->user_id, user->user_id);
    }
    return tokens;
}

Result<RefreshResponse> refresh(Services& services, std::optional<std::string_view> token) {
    const auto verified = verify_refresh_token(services, token);
    if (!verified) {
        return std::unexpected(verified.error());
    }
    const Claims& claims = *verified;
    const auto user = services.database.read([&](db::Session& session) { return api::find_caller(session, claims); });
    if (!user) {
        return refuse(RefusalCode::token_user_not_found, "User not found");
    }
    if (!user->is_active) {
        return refuse(RefusalCode::token_user_inactive, "User is not active");
    }
    if (claims.session_id.empty() && !user->has_valid_token()) {
        return refuse_refresh_token();
    }
    RefreshResponse answer;
    if (!claims.session_id.empty()) {
        auto next = use_refresh_token(services, claims);
        if (!next) {
            return std::unexpected(next.error());
        }
        answer.refresh_token = std::move(*next);
    }
    // A token that rotates has its session live on, as long as its successor.
    const auto session_end = answer.refresh_token ? refresh_token_validity(services).expires_at : claims.expires_at;
    answer.access_token = issue_access_token(services, user->user_id, user->role_id, claims.session_id, session_end);
    return answer;
}

void log_out(Services& services, const security::Claims& token) {
    services.database.transaction([&](db::Session& session) {
        api::lock_user(session, token.subject);
        if (end_session(session, token.session_id, token.subject)) {
            audit::record(session, Action::user_logout, token.subject, token.subject);
        }
    });
}

std::vector<SessionResponse> list_own_sessions(Services& services, const api::Caller& caller) {
    const auto sessions =
        services.database.read([&](db::Session& session) { return list_sessions(session, caller.user_id); });
    std::vector<SessionResponse> answer;
    answer.reserve(sessions.size());
    for (const LiveSession& session : sessions) {
        answer.push_back({.jti = session.jti,
                          .created_at = session.created_at,
                          .last_used_at = session.last_used_at,
                          .address = session.address,
                          .user_agent = session.user_agent,
                          .current = session.jti == caller.token.session_id});
    }
    return answer;
}

Result<> revoke_own_session(Services& services, const api::Caller& caller, const std::string& jti) {
    const auto revoke = [&](db::Session& session, const api::Caller&) -> Result<> {
        if (!end_session(session, jti, caller.user_id)) {
            return refuse(RefusalCode::session_not_found, "Session not found");
        }
        audit::record(session, Action::user_logout, caller.user_id, caller.user_id, "revoked");
        return {};
    };
    return api::transact_on_user(services.database, caller, caller.user_id, revoke);
}

}  // namespace nassaq::auth
