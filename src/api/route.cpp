#include "api/route.hpp"

#include <any>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "api/guard.hpp"
#include "api/recall.hpp"
#include "api/shared_answer.hpp"
#include "base/log.hpp"
#include "db/error.hpp"
#include "http/client_address.hpp"
#include "http/content_coding.hpp"

namespace nassaq::api {

http::Response json_response(const RouteOptions& options, std::string json) {
    http::Response response = http::json_response(std::move(json), options.status);
    if (options.is_secret) {
        response.headers.add("cache-control", "no-store");  // RFC 6749, 5.1
    }
    return response;
}

namespace detail {

http::Response answer_with_nothing() {
    return {.status = 204, .headers = {}, .body = {}};
}

void describe_answer(Description to, boost::json::object schema) {
    to.operation["x-answer"] = std::move(schema);
}

}  // namespace detail

namespace {

/// A database that is given more than it can do is left alone for longer.
std::chrono::seconds retry_after(const db::Error& error) {
    return std::chrono::seconds{error.kind() == db::ErrorKind::throttled ? 10 : 2};
}

/// To be called while `error` is being handled: what only a change of ours could mend goes on up.
http::Response answer_to(const db::Error& error, const http::Request& request) {
    if (error.kind() == db::ErrorKind::full) {
        log::error("the database is full", {{"request_id", request.request_id}, {"error", error.what()}});
        return to_response(refuse(RefusalCode::storage_full, "Storage is full").error());
    }
    if (!error.is_passing()) {
        throw;
    }
    log::warning("the database is not available", {{"request_id", request.request_id}, {"error", error.what()}});
    return to_response(refuse(RefusalCode::database_unavailable, "The database is not available now, please retry.",
                              retry_after(error))
                           .error());
}

/// What goes wrong with the database for a while only, or for want of room, is no fault of the request's, nor of ours.
template <class Work>
std::invoke_result_t<Work> with_database(const http::Request& request, Work work) {
    try {
        return work();
    } catch (const db::Error& error) {
        return answer_to(error, request);
    }
}

std::optional<http::Response> answer_to_refused(const Result<>& result) {
    return result ? std::nullopt : std::optional(to_response(result.error()));
}

/// Before the body and behind it.
Result<> let_in(Services& services, http::Request& request, const Route& route,
                const std::function<Result<>(const http::Request&)>& check_announced) {
    const bool is_before_body = std::any_cast<Caller>(&request.caller) == nullptr;
    auto result = authorize(services, request, route.level, route.body);
    if (result && route.options.admits != nullptr && !route.options.admits(caller_of(request), request)) {
        return refuse_authority();
    }
    if (result && is_before_body && check_announced) {
        result = check_announced(request);
    }
    return result;
}

/// Clients whom nobody knows are told apart by their networks.
http::Owner owner_of_address(const http::Request& request) {
    constexpr http::Owner not_a_user = http::Owner{1} << 63U;
    return std::hash<std::string>()(http::client_network(request.client_address)) | not_a_user;
}

/// Whose turn a request takes: the user's of its token, however many tokens the user has.
http::Owner owner_of(const Services& services, http::Request& request) {
    const auto user_id = known_user(services, request);
    return user_id ? static_cast<http::Owner>(*user_id) : owner_of_address(request);
}

/// Each such endpoint has a line of its own: while one of its answers is made, the next one waits for that.
void share_answers(http::Endpoint& endpoint) {
    endpoint.line = std::hash<std::string>()(endpoint.pattern);
    endpoint.handle = [shared = std::make_shared<SharedAnswer>(),
                       make = std::move(endpoint.handle)](http::Request& request) {
        return shared->get(request.received, [&] { return make(request); });
    };
}

/// Who calls makes a difference: their turn, and whether they may.
void guard(http::Endpoint& endpoint, const Route& route, Services& services,
           std::function<Result<>(const http::Request&)> check_announced) {
    endpoint.owner = [&services](http::Request& request) { return owner_of(services, request); };
    if (route.options.limits_addresses) {
        endpoint.admit = [&services, &route](const http::Request& request) {
            return answer_to_refused(count_address_or_refuse(services.rate_limits, route.path, request));
        };
    }
    if (route.level == Level::none) {
        return;
    }
    endpoint.is_private = true;
    endpoint.guard = [&services, &route, check = std::move(check_announced)](http::Request& request) {
        return with_database(request, [&] { return answer_to_refused(let_in(services, request, route, check)); });
    };
}

/// Also shared ones: each who asks is answered in the coding of their own.
void encode_answers(http::Endpoint& endpoint) {
    endpoint.handle = [make = std::move(endpoint.handle)](http::Request& request) {
        http::Response response = make(request);
        http::encode_content(request, response);
        return response;
    };
}

/// As they are sent.
void remember_answers(http::Endpoint& endpoint, Services& services) {
    endpoint.recall = [&services](http::Request& request) { return recall(services, request); };
    endpoint.handle = [&services, make = std::move(endpoint.handle)](http::Request& request) {
        http::Response response = make(request);
        remember(services, request, response);
        return response;
    };
}

}  // namespace

http::Endpoint detail::to_endpoint(std::string_view prefix, const Route& route, Handlers handlers, Services* services) {
    http::Endpoint endpoint;
    endpoint.method = route.method;
    endpoint.pattern = std::string(prefix).append(route.path);
    endpoint.body = route.body;
    endpoint.pool = route.options.pool;
    endpoint.begin_file = std::move(handlers.begin_file);
    endpoint.handle = [handle = std::move(handlers.handle)](http::Request& request) {
        return with_database(request, [&] { return handle(request); });
    };
    if (services != nullptr) {
        guard(endpoint, route, *services, std::move(handlers.check_announced));
    } else if (route.level != Level::none || route.options.limits_addresses) {
        throw std::logic_error("the route " + endpoint.pattern + " needs a guard");
    }
    if (route.options.is_shared) {
        share_answers(endpoint);
    }
    if (!route.options.is_secret) {
        encode_answers(endpoint);
    }
    if (route.options.is_remembered) {
        remember_answers(endpoint, *services);
    }
    return endpoint;
}

}  // namespace nassaq::api
