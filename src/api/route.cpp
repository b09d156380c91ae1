#include "api/route.hpp"

#include <any>
#include <functional>
#include <memory>

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

void refuse_invalid(boost::json::array errors) {
    throw http::Problem(422, boost::json::value(std::move(errors)));
}

void describe_answer(Description to, boost::json::object schema) {
    to.operation["x-answer"] = std::move(schema);
}

}  // namespace detail

namespace {

/// A database that is given more than it can do is left alone for longer.
std::string_view retry_seconds(const db::Error& error) {
    return error.kind() == db::ErrorKind::throttled ? "10" : "2";
}

/// @throws http::Problem. To be called while `error` is being handled: what only a change of ours could mend goes on
/// up.
[[noreturn]] void refuse_for(const db::Error& error, const http::Request& request) {
    if (error.kind() == db::ErrorKind::full) {
        log::error("the database is full", {{"request_id", request.request_id}, {"error", error.what()}});
        throw http::Problem(507, "Storage is full");
    }
    if (!error.is_passing()) {
        throw;
    }
    log::warning("the database is not available", {{"request_id", request.request_id}, {"error", error.what()}});
    throw http::Problem(503, "The database is not available now, please retry.")
        .with_header("retry-after", std::string(retry_seconds(error)));
}

/// What goes wrong with the database for a while only, or for want of room, is no fault of the request's, nor of ours.
template <class Work>
auto with_database(const http::Request& request, Work work) {
    try {
        return work();
    } catch (const db::Error& error) {
        refuse_for(error, request);
    }
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

http::Endpoint to_endpoint(std::string_view prefix, const Route& route, Services& services) {
    http::Endpoint endpoint;
    endpoint.method = route.method;
    endpoint.pattern = std::string(prefix).append(route.path);
    endpoint.body = route.body;
    endpoint.pool = route.options.pool;
    if (route.options.limits_addresses) {
        endpoint.admit = [&services, &route](const http::Request& request) {
            count_address_or_refuse(services.rate_limits, route.path, request);
        };
    }
    endpoint.owner = [&services](http::Request& request) { return owner_of(services, request); };
    endpoint.is_private = route.level != Level::none;
    if (route.level != Level::none) {
        endpoint.guard = [&services, &route](http::Request& request) {
            const bool is_before_body = std::any_cast<Caller>(&request.caller) == nullptr;
            with_database(request, [&] {
                authorize(services, request, route.level, route.body);
                if (is_before_body && route.options.check_announced != nullptr) {
                    route.options.check_announced(services, request);
                }
            });
        };
    }
    if (route.options.begin_file != nullptr) {
        endpoint.begin_file = [&services, begin = route.options.begin_file](const http::Request& request,
                                                                            http::UploadedFile& file) {
            begin(services, request, file);
        };
    }
    endpoint.handle = [&services, &route](http::Request& request) {
        return with_database(request, [&] { return route.handle(services, request, route); });
    };
    if (route.options.is_shared) {
        share_answers(endpoint);
    }
    if (!route.options.is_secret) {
        encode_answers(endpoint);
    }
    if (route.options.is_remembered) {
        remember_answers(endpoint, services);
    }
    return endpoint;
}

}  // namespace

std::vector<http::Endpoint> to_endpoints(const RouteTable& table, Services& services) {
    std::vector<http::Endpoint> endpoints;
    for (const Route& route : table.routes) {
        endpoints.push_back(to_endpoint(table.prefix, route, services));
    }
    return endpoints;
}

}  // namespace nassaq::api
