#include "api/guard.hpp"

#include <any>
#include <chrono>

#include "http/ascii.hpp"

namespace nassaq::api {
namespace {

std::chrono::sys_seconds current_second() {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

std::unexpected<Refusal> refuse_token() {
    return refuse(RefusalCode::credentials_invalid, "Could not validate credentials");
}

bool has_time_left(const security::Claims& token) {
    return current_second() < token.expires_at;
}

/// Verified once in a request, by whoever comes first: recall() or this.
Result<security::Claims> token_of(const Services& services, const http::Request& request) {
    if (const auto* verified = std::any_cast<security::Claims>(&request.caller)) {
        if (!has_time_left(*verified)) {
            return refuse_token();
        }
        return *verified;  // A moment ago, by recall() or known_user().
    }
    const auto token = bearer_token(request);
    if (!token) {
        return refuse(RefusalCode::not_authenticated, "Not authenticated");
    }
    auto claims = read_token(services, *token);
    if (!claims) {
        return refuse_token();
    }
    return std::move(*claims);
}

/// Whom the guard knows so far: nothing but their token, or, behind the body, who they were before it.
Result<Caller> candidate_of(const Services& services, const http::Request& request, Level level, http::BodyKind body) {
    const auto* known = std::any_cast<Caller>(&request.caller);
    auto token = known != nullptr ? Result<security::Claims>(known->token) : token_of(services, request);
    if (!token) {
        return std::unexpected(std::move(token.error()));
    }
    if (token->type != security::TokenType::access) {
        return refuse_token();
    }
    Caller candidate;
    candidate.token = std::move(*token);
    candidate.level = level;
    candidate.may_outlive_token = body == http::BodyKind::multipart;
    return candidate;
}

Result<Caller> find_or_refuse(db::Session& session, const Caller& candidate, std::vector<db::Lock> locks = {}) {
    auto caller = find_caller(session, candidate.token, std::move(locks));
    if (!caller || (!candidate.may_outlive_token && !has_time_left(candidate.token))) {
        return refuse_token();
    }
    caller->level = candidate.level;
    caller->may_outlive_token = candidate.may_outlive_token;
    caller->seen = std::chrono::steady_clock::now();
    return std::move(*caller);
}

/// An upload that came at once is not worth another look at the caller: its transaction takes one. What is wrong with
/// any other body is told only to those who may know.
bool was_let_in_just_now(const http::Request& request, http::BodyKind body) {
    constexpr std::chrono::seconds moment{1};
    const auto* caller = std::any_cast<Caller>(&request.caller);
    return body == http::BodyKind::multipart && caller != nullptr &&
           std::chrono::steady_clock::now() - caller->seen < moment;
}

Result<> require_level(const Caller& caller) {
    // First, for a deactivation ends the sessions, too: its 403 is what the contract promises for it.
    if (caller.level >= Level::active_account && !caller.is_active) {
        return refuse(RefusalCode::account_pending,
                      "Your account is pending role assignment. Please contact an administrator.");
    }
    if (!caller.has_valid_token()) {
        return refuse_token();
    }
    if (caller.level >= Level::active_user && caller.must_change_password()) {
        return refuse(RefusalCode::password_change_required, "Please change your password first.");
    }
    if (caller.level >= Level::admin && !caller.is_admin()) {
        return refuse_authority();
    }
    return {};
}

/// In the order of their ids, so that two who change one another do not wait for each other for ever.
std::vector<db::Lock> locks_of_users(std::int64_t caller, std::optional<std::int64_t> changed_user) {
    std::vector<db::Lock> locks;
    if (changed_user != caller) {
        locks.push_back(lock_of_user(caller, db::LockMode::shared));
    }
    if (changed_user) {
        locks.insert(*changed_user > caller ? locks.end() : locks.begin(), lock_of_user(*changed_user));
    }
    return locks;
}

}  // namespace

std::unexpected<Refusal> refuse_authority() {
    return refuse(RefusalCode::not_authorized, "You are not authorized to perform this action.");
}

std::optional<std::string_view> bearer_token(const http::Request& request) {
    const auto header = request.headers.find("authorization");
    if (!header) {
        return std::nullopt;
    }
    const std::size_t space = header->find(' ');
    if (space == std::string_view::npos || !http::ascii::equals_ignoring_case(header->substr(0, space), "bearer")) {
        return std::nullopt;
    }
    const std::string_view token = http::ascii::trim(header->substr(space + 1));
    return token.empty() ? std::nullopt : std::optional(token);
}

std::optional<security::Claims> read_token(const Services& services, std::string_view token) {
    auto claims = services.tokens.verify(token, current_second());
    return claims ? std::optional(std::move(*claims)) : std::nullopt;
}

std::optional<std::int64_t> known_user(const Services& services, http::Request& request) {
    if (const auto* verified = std::any_cast<security::Claims>(&request.caller)) {
        return verified->subject;
    }
    const auto token = bearer_token(request);
    auto claims = token ? read_token(services, *token) : std::nullopt;
    if (!claims) {
        return std::nullopt;
    }
    const std::int64_t user_id = claims->subject;
    request.caller = std::move(*claims);
    return user_id;
}

Result<> authorize(Services& services, http::Request& request, Level level, http::BodyKind body) {
    if (level == Level::none || was_let_in_just_now(request, body)) {
        return {};
    }
    if (level == Level::any_token) {
        auto claims = token_of(services, request);
        if (!claims) {
            return std::unexpected(std::move(claims.error()));
        }
        request.user_id = claims->subject;
        request.caller = std::move(*claims);
        return {};
    }
    const auto candidate = candidate_of(services, request, level, body);
    if (!candidate) {
        return std::unexpected(candidate.error());
    }
    auto caller = services.database.read([&](db::Session& session) {
        auto found = find_or_refuse(session, *candidate);
        if (found && level >= Level::active_user) {
            found->rights = services.rights.rights_of(session, found->person(), found->rights_version());
        }
        return found;
    });
    if (!caller) {
        return std::unexpected(std::move(caller.error()));
    }
    request.user_id = caller->user_id;
    if (auto allowed = require_level(*caller); !allowed) {
        return allowed;
    }
    request.caller = std::move(*caller);
    return {};
}

const Caller& caller_of(const http::Request& request) {
    return std::any_cast<const Caller&>(request.caller);
}

const security::Claims& claims_of(const http::Request& request) {
    return std::any_cast<const security::Claims&>(request.caller);
}

Result<Caller> detail::admit_again(db::Session& transaction, const Caller& caller,
                                   std::optional<std::int64_t> changed_user, const std::vector<db::Lock>& other_locks) {
    auto locks = locks_of_users(caller.user_id, changed_user);
    locks.insert(locks.end(), other_locks.begin(), other_locks.end());
    auto present = find_or_refuse(transaction, caller, std::move(locks));
    if (!present) {
        return present;
    }
    if (auto allowed = require_level(*present); !allowed) {
        return std::unexpected(std::move(allowed.error()));
    }
    read_rights(transaction, *present, &caller);
    return present;
}

}  // namespace nassaq::api
