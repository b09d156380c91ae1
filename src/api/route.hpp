#pragma once

#include <algorithm>
#include <boost/json/array.hpp>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "api/extract.hpp"
#include "api/refusal.hpp"
#include "api/services.hpp"
#include "http/endpoint.hpp"
#include "schema/write.hpp"

namespace nassaq::api {

inline constexpr std::string_view base_path = "/api/v1";

/// A refusal that a route's documentation lists.
struct DocumentedProblem {
    RefusalCode code{};
    std::string_view detail;  ///< Empty: there is none.
};

/// A header that a route looks at, beyond those that all do.
struct DocumentedHeader {
    std::string_view name;
    std::string_view description;
};

/// An answer besides the one that the handler's type says: of a handler that makes an http::Response.
struct DocumentedAnswer {
    int status = 0;
    std::string_view description;
    // g++ would warn where it is left out. NOLINTNEXTLINE(readability-redundant-member-init)
    std::string_view media_type{};                                   ///< Empty: no body.
    boost::json::object (*describe)(schema::Components&) = nullptr;  ///< Null: any bytes.
};

/// An answer in JSON, as `T` is written.
template <class T>
constexpr DocumentedAnswer json_answer(int status, std::string_view description) {
    return {.status = status,
            .description = description,
            .media_type = "application/json",
            .describe = [](schema::Components& components) {
                return schema::schema_of<T>(components, {}, schema::Use::answer);
            }};
}

/// What the documentation says of a route, and how it is run.
struct RouteOptions {
    int status = 200;  ///< Of the answer when all is well.
    std::string_view summary;
    std::string_view description;
    http::Pool pool = http::Pool::general;
    std::string_view produces = "application/json";  ///< The media type of the answer; `*/*` is any.
    bool is_secret = false;                          ///< The answer opens something: no cache may keep it, nor is it
                                                     ///< ever compressed (docs/decisions/0092).
    bool limits_addresses = false;                   ///< Whether requests are counted by client address: 429.
    bool takes_refresh_token = false;                ///< Instead of an access token, or as well.
    /// The answer is JSON that depends on nothing but the database, the caller and the URL, so that it may be given
    /// again for as long as no change is committed (recall.hpp).
    bool is_remembered = false;
    /// The answer is the same for all and dear to make: those who ask at about the same time get the same
    /// (shared_answer.hpp).
    bool is_shared = false;
    /// Whom of those that the level lets in the route is for; others are refused as those who are no administrators
    /// are.
    bool (*admits)(const Caller& caller, const http::Request& request) = nullptr;
    // Arrays of C, so that they can be written as plain lists.
    DocumentedHeader headers[5]{};
    DocumentedAnswer answers[4];  // With {} g++ 12 takes no list of RouteOptions at all.
    DocumentedProblem problems[12]{};
};

/// One route, whatever runs it.
struct Route {
    std::string_view method;
    std::string_view path;  ///< Below the prefix of its table.
    Level level = Level::none;
    RouteOptions options;
    http::BodyKind body = http::BodyKind::none;
    void (*describe)(Description) = nullptr;
};

/// What an upload has besides its handler. `Services` is what its feature uses.
template <class Services>
struct UploadHooks {
    /// Runs behind the guard and before the body is read, so that what would be refused anyway need not be sent.
    Result<> (*check_announced)(Services&, const http::Request&) = nullptr;
    /// Runs when the file of an upload begins to come in (http::Endpoint::begin_file).
    void (*begin_file)(Services&, const http::Request&, http::UploadedFile&) = nullptr;
};

/// A row of a feature's table: a route, and what runs it with what the feature uses.
template <class Services>
struct FeatureRoute {
    Route route;
    http::Response (*handle)(Services&, http::Request&, const Route&) = nullptr;
    UploadHooks<Services> hooks;
};

http::Response json_response(const RouteOptions& options, std::string json);

namespace detail {

/// What a parameter takes of a body; a handler has at most one that takes any.
template <class T>
inline constexpr http::BodyKind body_kind_of = http::BodyKind::none;
template <class T>
inline constexpr http::BodyKind body_kind_of<Body<T>> = http::BodyKind::memory;
template <class T>
inline constexpr http::BodyKind body_kind_of<Form<T>> = http::BodyKind::memory;
template <class T>
inline constexpr http::BodyKind body_kind_of<Upload<T>> = http::BodyKind::multipart;

/// What a handler gives when it refuses nothing.
template <class T>
struct Success {
    using Type = T;
};
template <class T>
struct Success<Result<T>> {
    using Type = T;
};

void describe_answer(Description to, boost::json::object schema);

inline http::Response answer_with(const RouteOptions&, http::Response response) {
    return response;
}
template <class T>
http::Response answer_with(const RouteOptions& options, const T& value) {
    return json_response(options, schema::to_json(value));
}
http::Response answer_with_nothing();

/// Runs it, and makes an answer of what comes of it.
template <class Handler>
http::Response answer_by(const RouteOptions& options, Handler handler) {
    using Returned = std::invoke_result_t<Handler&>;
    using Value = Success<Returned>::Type;
    if constexpr (std::is_void_v<Returned>) {
        handler();
        return answer_with_nothing();
    } else if constexpr (std::is_same_v<Returned, Value>) {
        return answer_with(options, handler());
    } else {
        auto result = handler();
        if (!result) {
            return to_response(result.error());
        }
        if constexpr (std::is_void_v<Value>) {
            return answer_with_nothing();
        } else {
            return answer_with(options, std::move(*result));
        }
    }
}

template <class Services, class Parameter>
inline constexpr bool is_services = std::is_same_v<std::remove_cvref_t<Parameter>, Services>;

/// What the feature uses is a handler's to take; all else is read from the request.
template <class Services, class Parameter>
decltype(auto) argument_of([[maybe_unused]] Services& services, [[maybe_unused]] const Extraction& extraction) {
    if constexpr (is_services<Services, Parameter>) {
        return (services);
    } else {
        return Extractor<Parameter>::from(extraction);
    }
}

template <class Services, auto handler, class Returned, class... Parameters>
http::Response call([[maybe_unused]] Services& services, http::Request& request, const Route& route,
                    Returned (*)(Parameters...)) {
    boost::json::array errors;
    [[maybe_unused]] const Extraction extraction{request, route.path, errors};
    // Braces: from left to right, which is the order of the errors.
    // NOLINTNEXTLINE(misc-const-correctness): moved from, when there are any.
    std::tuple<Parameters...> parameters{argument_of<Services, Parameters>(services, extraction)...};
    if (!errors.empty()) {
        return to_response(refuse_invalid(std::move(errors)).error());
    }
    return answer_by(route.options, [&] { return std::apply(handler, std::move(parameters)); });
}

template <class Services, class Parameter>
void describe_parameter_of([[maybe_unused]] Description to) {
    if constexpr (!is_services<Services, Parameter>) {
        Extractor<Parameter>::describe(to);
    }
}

template <class Services, class Returned, class... Parameters>
void describe(Description to, Returned (*)(Parameters...)) {
    using Value = Success<Returned>::Type;
    (describe_parameter_of<Services, Parameters>(to), ...);
    if constexpr (!std::is_void_v<Value> && !std::is_same_v<Value, http::Response>) {
        describe_answer(to, schema::schema_of<Value>(to.components, {}, schema::Use::answer));
    }
}

template <class Returned, class... Parameters>
constexpr http::BodyKind body_kind(Returned (*)(Parameters...)) {
    return std::max({http::BodyKind::none, body_kind_of<std::remove_cvref_t<Parameters>>...});
}

}  // namespace detail

/// A row for `handler`, a plain function: its parameters say what is read from the request (extract.hpp); a
/// `Services&` is what its feature uses. Its result is written as JSON (a struct or a vector), nothing (void, 204) or
/// an http::Response of its own; or a Result of one of these.
template <class Services, auto handler>
constexpr FeatureRoute<Services> route(std::string_view method, std::string_view path, Level level,
                                       const RouteOptions& options, UploadHooks<Services> hooks = {}) {
    return {
        .route = {.method = method,
                  .path = path,
                  .level = level,
                  .options = options,
                  .body = detail::body_kind(handler),
                  .describe = [](Description to) { detail::describe<Services>(to, handler); }},
        .handle = [](Services& services, http::Request& request,
                     const Route& self) { return detail::call<Services, handler>(services, request, self, handler); },
        .hooks = hooks};
}

/// A feature's table, under the name that the documentation groups it by.
template <class Services>
struct RouteTable {
    std::string_view tag;
    std::span<const FeatureRoute<Services>> routes;
    std::string_view prefix = base_path;  ///< Stands before each route's path.
};

/// What the documentation needs of a table.
struct DocumentedTable {
    std::string_view tag;
    std::string_view prefix;
    std::vector<const Route*> routes;
};

template <class Services>
DocumentedTable to_documentation(const RouteTable<Services>& table) {
    DocumentedTable documented{.tag = table.tag, .prefix = table.prefix, .routes = {}};
    for (const FeatureRoute<Services>& row : table.routes) {
        documented.routes.push_back(&row.route);
    }
    return documented;
}

namespace detail {

/// What runs a route, with what its feature uses bound to it.
struct Handlers {
    std::function<http::Response(http::Request&)> handle;
    std::function<Result<>(const http::Request&)> check_announced;
    std::function<void(const http::Request&, http::UploadedFile&)> begin_file;
};

template <class Feature>
Handlers handlers_of(const FeatureRoute<Feature>& row, Feature& feature) {
    Handlers handlers;
    handlers.handle = [&row, &feature](http::Request& request) { return row.handle(feature, request, row.route); };
    if (row.hooks.check_announced != nullptr) {
        handlers.check_announced = [&row, &feature](const http::Request& request) {
            return row.hooks.check_announced(feature, request);
        };
    }
    if (row.hooks.begin_file != nullptr) {
        handlers.begin_file = [&row, &feature](const http::Request& request, http::UploadedFile& file) {
            row.hooks.begin_file(feature, request, file);
        };
    }
    return handlers;
}

/// @param services  none: for a route that takes no notice of who calls.
http::Endpoint to_endpoint(std::string_view prefix, const Route& route, Handlers handlers, Services* services);

template <class Feature>
std::vector<http::Endpoint> to_endpoints(const RouteTable<Feature>& table, Feature& feature, Services* services) {
    std::vector<http::Endpoint> endpoints;
    for (const FeatureRoute<Feature>& row : table.routes) {
        endpoints.push_back(to_endpoint(table.prefix, row.route, handlers_of(row, feature), services));
    }
    return endpoints;
}

}  // namespace detail

/// Binds the routes to what their handlers use, behind the guard. What all three refer to outlives the result.
template <class Feature>
std::vector<http::Endpoint> to_endpoints(const RouteTable<Feature>& table, Feature& feature, Services& services) {
    return detail::to_endpoints(table, feature, &services);
}

/// The same without a guard, for routes that anybody may call: where there are no tokens.
template <class Feature>
std::vector<http::Endpoint> to_open_endpoints(const RouteTable<Feature>& table, Feature& feature) {
    return detail::to_endpoints(table, feature, nullptr);
}

}  // namespace nassaq::api
