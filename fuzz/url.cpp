// A method, a blank and the target of a request: "GET /api/v1/docs/7?inline=true".

#include "http/url.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "http/problem.hpp"
#include "http/router.hpp"
#include "support.hpp"

namespace {

using namespace nassaq;

/// Routes of every shape that the program has: static beside a parameter, several methods, below a parameter, with a
/// '/' at the end; and one that takes the rest of a path.
const std::vector<http::Endpoint>& endpoints() {
    static const std::vector<http::Endpoint> table = [] {
        std::vector<http::Endpoint> rows;
        for (const auto& [method, pattern] : std::to_array<std::pair<const char*, const char*>>({
                 {"GET", "/"},
                 {"GET", "/metrics"},
                 {"POST", "/api/v1/auth/login"},
                 {"GET", "/api/v1/auth/sessions"},
                 {"DELETE", "/api/v1/auth/sessions/{jti}"},
                 {"GET", "/api/v1/users/"},
                 {"GET", "/api/v1/users/me"},
                 {"PATCH", "/api/v1/users/me"},
                 {"PATCH", "/api/v1/users/{user_id}"},
                 {"DELETE", "/api/v1/users/{user_id}"},
                 {"PATCH", "/api/v1/users/{user_id}/activate"},
                 {"GET", "/api/v1/docs/"},
                 {"GET", "/api/v1/docs/{doc_id}"},
                 {"GET", "/api/v1/docs/{doc_id}/text"},
                 {"GET", "/api/v1/docs/{doc_id}/pages/{page}"},
                 {"GET", "/app/{path*}"},
             })) {
            rows.push_back({.method = method, .pattern = pattern});
        }
        return rows;
    }();
    return table;
}

bool is_text(std::string_view text) {
    return text::is_valid_utf8(text) && !text.contains('\0');
}

void check_found(const http::Router::Found& found, std::string_view method, std::string_view path) {
    fuzz::require(found.endpoint->method == method || (found.endpoint->method == "GET" && method == "HEAD"),
                  "an endpoint has the method");
    const auto wanted = static_cast<std::size_t>(std::ranges::count(found.endpoint->pattern, '{'));
    fuzz::require(found.parameters.size() == wanted, "there is a value for each parameter");
    const auto slashes = std::ranges::count(found.endpoint->pattern, '/');
    const bool takes_rest = found.endpoint->pattern.ends_with("*}");
    fuzz::require(takes_rest ? slashes <= std::ranges::count(path, '/') : slashes == std::ranges::count(path, '/'),
                  "a parameter takes one segment, or the rest");
    for (const std::string& parameter : found.parameters) {
        fuzz::require(!parameter.empty() || takes_rest, "a parameter is not empty");
        fuzz::require(is_text(parameter), "a parameter is text");
    }
}

/// The router's own precondition: what stands behind the percent-encoding is text.
void check_route(std::string_view method, std::string_view path) {
    static const http::Router router(endpoints());
    const auto result = router.route(method, path);
    if (const auto* found = std::get_if<http::Router::Found>(&result)) {
        check_found(*found, method, path);
    } else if (const auto* refused = std::get_if<http::Router::MethodNotAllowed>(&result)) {
        fuzz::require(!refused->allow.empty(), "Allow names a method");
        const auto allowed = router.route(refused->allow.substr(0, refused->allow.find(',')), path);
        fuzz::require(std::holds_alternative<http::Router::Found>(allowed), "a method that is allowed is found");
    } else if (const auto* other = std::get_if<http::Router::OtherSlash>(&result)) {
        const auto there = router.route(method, other->path);
        fuzz::require(std::holds_alternative<http::Router::Found>(there) ||
                          std::holds_alternative<http::Router::MethodNotAllowed>(there),
                      "a redirection leads somewhere");
    }
}

void check_pairs(std::string_view query) {
    http::NameValuePairs pairs;
    try {
        pairs = http::parse_query(query);
    } catch (const http::Problem& problem) {
        fuzz::require(problem.status() == 400, "a query is refused with 400");
        return;
    }
    std::string again;
    for (const auto& [name, value] : pairs) {
        fuzz::require(is_text(name) && is_text(value), "names and values are text");
        again += text::percent_encode(name) + '=' + text::percent_encode(value) + '&';
    }
    fuzz::require(http::parse_query(again) == pairs, "what was read can be written and read again");
    fuzz::require(http::parse_form(query) == pairs, "a form reads as a query does");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input = fuzz::as_text(data, size);
    const std::size_t blank = std::min(input.find(' '), input.size());
    const std::string_view target = input.substr(std::min(blank + 1, input.size()));
    const std::string_view path = target.substr(0, target.find('?'));
    if (const auto decoded = text::percent_decode_text(path)) {
        fuzz::require(is_text(*decoded), "what is decoded is text");
        fuzz::require(text::percent_decode_text(text::percent_encode(*decoded)) == decoded,
                      "what was decoded can be encoded and decoded again");
        check_route(input.substr(0, blank), path);
    }
    check_pairs(target.substr(std::min(path.size() + 1, target.size())));
    return 0;
}
