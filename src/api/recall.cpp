#include "api/recall.hpp"

#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "api/guard.hpp"

namespace nassaq::api {
namespace {

/// What a caller may see depends on who it is, never on which of its tokens it shows.
std::string key_of(std::int64_t user_id, const http::Request& request) {
    return fmt::format("{} {}?{}", user_id, request.path, request.query);
}

}  // namespace

std::optional<http::Response> recall(Services& services, http::Request& request, const Route& route) {
    const auto token = bearer_token(request);
    auto claims = token ? read_token(services, *token) : std::nullopt;
    if (!claims || claims->type != security::TokenType::access || !request.state_version) {
        return std::nullopt;
    }
    const auto known = services.answers.find(key_of(claims->subject, request), *request.state_version);
    if (!known) {
        request.caller = std::move(*claims);  // For the guard, which comes next.
        return std::nullopt;
    }
    request.user_id = claims->subject;
    return json_response(route.options, *known);
}

void remember(Services& services, const http::Request& request, const http::Response& response) {
    if (!request.state_version || response.status != 200) {
        return;
    }
    auto json = std::make_shared<const std::string>(std::get<std::string>(response.body));
    services.answers.keep(key_of(caller_of(request).user_id, request), *request.state_version, std::move(json));
}

}  // namespace nassaq::api
