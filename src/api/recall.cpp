#include "api/recall.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "api/guard.hpp"
#include "http/content_coding.hpp"

namespace nassaq::api {
namespace {

/// What a caller may see depends on who it is; whether it may see it still, on the token's session alone, or, where the
/// token has none, on when it was issued. While nothing is committed, all tokens that agree in that are let in alike.
std::string key_of(const security::Claims& token, const http::Request& request) {
    const std::string session =
        token.session_id.empty() ? std::to_string(token.issued_at.time_since_epoch().count()) : token.session_id;
    return fmt::format("{} {} {} {}?{}", token.subject, session, fmt::underlying(http::wish_for_gzip(request.headers)),
                       request.path, request.query);
}

}  // namespace

std::optional<http::Response> recall(Services& services, http::Request& request) {
    const auto token = bearer_token(request);
    auto claims = token ? read_token(services, *token) : std::nullopt;
    if (!claims || claims->type != security::TokenType::access || !request.state_version) {
        return std::nullopt;
    }
    const auto known = services.answers.find(key_of(*claims, request), *request.state_version);
    if (!known) {
        request.caller = std::move(*claims);  // For the guard, which comes next.
        return std::nullopt;
    }
    request.user_id = claims->subject;
    return http::copy_of(*known);
}

void remember(Services& services, const http::Request& request, const http::Response& response) {
    if (!request.state_version || response.status != 200) {
        return;
    }
    services.answers.keep(key_of(caller_of(request).token, request), *request.state_version, response);
}

}  // namespace nassaq::api
