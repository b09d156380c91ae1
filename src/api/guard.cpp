#include "api/guard.hpp"

#include <any>
#include <chrono>

#include "http/ascii.hpp"
#include "http/problem.hpp"

namespace nassaq::api {
namespace {

using http::Problem;

security::Claims verify_token(Services& services, const http::Request& request) {
    if (const auto* verified = std::any_cast<security::Claims>(&request.caller)) {
        return *verified;  // A moment ago, by recall() or known_user().
    }
    const auto token = bearer_token(request);
    if (!token) {
        throw Problem(401, "Not authenticated");
    }
    auto claims = read_token(services, *token);
    if (!claims) {
        throw Problem(401, "Could not validate credentials");
    }
    return std::move(*claims);
}

Caller authenticate(Services& services, const http::Request& request) {
    const security::Claims claims = verify_token(services, request);
    if (claims.type != security::TokenType::access) {
        throw Problem(401, "Could not validate credentials");
    }
    auto caller = services.database.read([&](db::Session& session) { return find_caller(session, claims.subject); });
    if (!caller) {
        throw Problem(401, "Could not validate credentials");
    }
    caller->session_id = claims.session_id;
    return std::move(*caller);
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
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    auto claims = services.tokens.verify(token, now);
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

void authorize(Services& services, http::Request& request, Level level) {
    if (level == Level::none) {
        return;
    }
    if (level == Level::any_token) {
        security::Claims claims = verify_token(services, request);
        request.user_id = claims.subject;
        request.caller = std::move(claims);
        return;
    }
    Caller caller = authenticate(services, request);
    request.user_id = caller.user_id;
    if (level >= Level::active_user && !caller.is_active) {
        throw Problem(403, "Your account is pending role assignment. Please contact an administrator.");
    }
    if (level >= Level::admin && !caller.is_admin()) {
        throw Problem(403, "You are not authorized to perform this action.");
    }
    request.caller = std::move(caller);
}

const Caller& caller_of(const http::Request& request) {
    return std::any_cast<const Caller&>(request.caller);
}

const security::Claims& claims_of(const http::Request& request) {
    return std::any_cast<const security::Claims&>(request.caller);
}

}  // namespace nassaq::api
