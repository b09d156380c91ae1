#include "api/guard.hpp"

#include <any>
#include <chrono>

#include "http/ascii.hpp"
#include "http/problem.hpp"

namespace nassaq::api {
namespace {

using http::Problem;

std::chrono::sys_seconds current_second() {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

[[noreturn]] void refuse_token() {
    throw Problem(401, "Could not validate credentials");
}

void require_time_left(const security::Claims& token) {
    if (current_second() >= token.expires_at) {
        refuse_token();
    }
}

/// Verified once in a request, by whoever comes first: recall() or this.
security::Claims token_of(const Services& services, const http::Request& request) {
    if (const auto* verified = std::any_cast<security::Claims>(&request.caller)) {
        require_time_left(*verified);
        return *verified;  // A moment ago, by recall() or known_user().
    }
    const auto token = bearer_token(request);
    if (!token) {
        throw Problem(401, "Not authenticated");
    }
    auto claims = read_token(services, *token);
    if (!claims) {
        refuse_token();
    }
    return std::move(*claims);
}

/// Whom the guard knows so far: nothing but their token, or, behind the body, who they were before it.
Caller candidate_of(const Services& services, const http::Request& request, Level level, http::BodyKind body) {
    Caller candidate;
    if (const auto* known = std::any_cast<Caller>(&request.caller)) {
        candidate.token = known->token;
    } else {
        candidate.token = token_of(services, request);
    }
    candidate.level = level;
    candidate.may_outlive_token = body == http::BodyKind::multipart;
    if (candidate.token.type != security::TokenType::access) {
        refuse_token();
    }
    return candidate;
}

Caller find_or_refuse(db::Session& session, const Caller& candidate, std::vector<db::Lock> locks = {}) {
    auto caller = find_caller(session, candidate.token, std::move(locks));
    if (!caller) {
        refuse_token();
    }
    if (!candidate.may_outlive_token) {
        require_time_left(candidate.token);
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

void require_level(const Caller& caller) {
    // First, for a deactivation ends the sessions, too: its 403 is what the contract promises for it.
    if (caller.level >= Level::active_user && !caller.is_active) {
        throw Problem(403, "Your account is pending role assignment. Please contact an administrator.");
    }
    if (!caller.has_valid_token()) {
        refuse_token();
    }
    if (caller.level >= Level::admin && !caller.is_admin()) {
        throw Problem(403, "You are not authorized to perform this action.");
    }
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

void authorize(Services& services, http::Request& request, Level level, http::BodyKind body) {
    if (level == Level::none || was_let_in_just_now(request, body)) {
        return;
    }
    if (level == Level::any_token) {
        security::Claims claims = token_of(services, request);
        request.user_id = claims.subject;
        request.caller = std::move(claims);
        return;
    }
    const Caller candidate = candidate_of(services, request, level, body);
    Caller caller = services.database.read([&](db::Session& session) { return find_or_refuse(session, candidate); });
    request.user_id = caller.user_id;
    require_level(caller);
    request.caller = std::move(caller);
}

const Caller& caller_of(const http::Request& request) {
    return std::any_cast<const Caller&>(request.caller);
}

const security::Claims& claims_of(const http::Request& request) {
    return std::any_cast<const security::Claims&>(request.caller);
}

Caller detail::admit_again(db::Session& transaction, const Caller& caller, std::optional<std::int64_t> changed_user,
                           const std::vector<db::Lock>& other_locks) {
    auto locks = locks_of_users(caller.user_id, changed_user);
    locks.insert(locks.end(), other_locks.begin(), other_locks.end());
    Caller present = find_or_refuse(transaction, caller, std::move(locks));
    require_level(present);
    return present;
}

}  // namespace nassaq::api
