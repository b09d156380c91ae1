#include "api/recall.hpp"

#include <fmt/format.h>

#include <memory>
#include <string>
#include <variant>

#include "api/guard.hpp"

namespace nassaq::api {
namespace {

/// What a caller may see depends on who it is, never on which of its tokens it shows.
std::string key_of(std::int64_t user_id, const http::Request& request) {
    return fmt::format("{} {}?{}", user_id, request.path, request.query);
}

}  // namespace

std::optional<http::Response> recall(Services& services, http::Request& request, const Route& route,
                                     std::int64_t database_version) {
    const auto token = bearer_token(request);
    const auto claims = token ? read_token(services, *token) : std::nullopt;
    if (!claims || claims->type != security::TokenType::access) {
        return std::nullopt;
    }
    const auto known = services.answers.find(key_of(claims->subject, request), database_version);
    if (!known) {
        return std::nullopt;
    }
    request.user_id = claims->subject;
    return json_response(route.options, *known);
}

void remember(Services& services, const http::Request& request, const http::Response& response) {
    const Caller& caller = caller_of(request);
    if (!caller.database_version || response.status != 200) {
        return;
    }
    auto json = std::make_shared<const std::string>(std::get<std::string>(response.body));
    services.answers.keep(key_of(caller.user_id, request), *caller.database_version, std::move(json));
}

}  // namespace nassaq::api
