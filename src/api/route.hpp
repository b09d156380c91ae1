#pragma once

#include <algorithm>
#include <boost/json/array.hpp>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "api/extract.hpp"
#include "http/endpoint.hpp"
#include "http/problem.hpp"
#include "schema/write.hpp"

namespace nassaq::api {

inline constexpr std::string_view base_path = "/api/v1";

/// A refusal that a route's documentation lists.
struct DocumentedProblem {
    int status = 0;
    std::string_view detail;
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
    /// Runs behind the guard and before the body is read, so that what would be refused anyway need not be sent.
    void (*check_announced)(Services&, const http::Request&) = nullptr;
    /// Runs when the file of an upload begins to come in (http::Endpoint::begin_file).
    void (*begin_file)(Services&, const http::Request&, http::UploadedFile&) = nullptr;
    /// The answer is the same for all and dear to make: those who ask at about the same time get the same
    /// (shared_answer.hpp).
    bool is_shared = false;
    // Arrays of C, so that they can be written as plain lists.
    DocumentedHeader headers[5]{};
    DocumentedAnswer answers[4];  // With {} g++ 12 takes no list of RouteOptions at all.
    DocumentedProblem problems[12]{};
};

/// One route of a feature: a row of its table.
struct Route {
    std::string_view method;
    std::string_view path;  ///< Below the prefix of its table.
    Level level = Level::none;
    RouteOptions options;
    http::BodyKind body = http::BodyKind::none;
    http::Response (*handle)(Services&, http::Request&, const Route&) = nullptr;
    void (*describe)(Description) = nullptr;
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

/// The answer to a request whose parameters are not valid.
[[noreturn]] void refuse_invalid(boost::json::array errors);
void describe_answer(Description to, boost::json::object schema);

template <auto handler, class Result, class... Parameters>
http::Response call(Services& services, http::Request& request, const Route& route, Result (*)(Parameters...)) {
    boost::json::array errors;
    [[maybe_unused]] const Extraction extraction{services, request, route.path, errors};
    // Braces: from left to right, which is the order of the errors.
    // NOLINTNEXTLINE(misc-const-correctness): moved from, when there are any.
    std::tuple<Parameters...> parameters{Extractor<Parameters>::from(extraction)...};
    if (!errors.empty()) {
        refuse_invalid(std::move(errors));
    }
    if constexpr (std::is_void_v<Result>) {
        std::apply(handler, std::move(parameters));
        return {.status = 204, .headers = {}, .body = {}};
    } else if constexpr (std::is_same_v<Result, http::Response>) {
        return std::apply(handler, std::move(parameters));
    } else {
        return json_response(route.options, schema::to_json(std::apply(handler, std::move(parameters))));
    }
}

template <auto handler, class Result, class... Parameters>
void describe(Description to, Result (*)(Parameters...)) {
    (Extractor<Parameters>::describe(to), ...);
    if constexpr (!std::is_void_v<Result> && !std::is_same_v<Result, http::Response>) {
        describe_answer(to, schema::schema_of<Result>(to.components, {}, schema::Use::answer));
    }
}

template <class Result, class... Parameters>
constexpr http::BodyKind body_kind(Result (*)(Parameters...)) {
    return std::max({http::BodyKind::none, body_kind_of<Parameters>...});
}

}  // namespace detail

/// A row for `handler`, a plain function: its parameters say what is read from the request (extract.hpp), its result is
/// written as JSON (a struct or a vector), nothing (void, 204) or an http::Response of its own.
template <auto handler>
constexpr Route route(std::string_view method, std::string_view path, Level level, RouteOptions options) {
    return {.method = method,
            .path = path,
            .level = level,
            .options = options,
            .body = detail::body_kind(handler),
            .handle = [](Services& services, http::Request& request,
                         const Route& self) { return detail::call<handler>(services, request, self, handler); },
            .describe = [](Description to) { detail::describe<handler>(to, handler); }};
}

/// A feature's table, under the name that the documentation groups it by.
struct RouteTable {
    std::string_view tag;
    std::span<const Route> routes;
    std::string_view prefix = base_path;  ///< Stands before each route's path.
};

/// Binds the routes to what their handlers use. The routes and `services` outlive the result.
std::vector<http::Endpoint> to_endpoints(const RouteTable& table, Services& services);

}  // namespace nassaq::api
