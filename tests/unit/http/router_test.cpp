#include "http/router.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace nassaq::http {
namespace {

std::vector<Endpoint> endpoints(std::initializer_list<std::pair<std::string, std::string>> routes) {
    std::vector<Endpoint> result;
    for (const auto& [method, pattern] : routes) {
        result.push_back({.method = method, .pattern = pattern, .guard = {}, .handle = {}});
    }
    return result;
}

const std::vector<Endpoint> table = endpoints({
    {"GET", "/"},
    {"GET", "/api/users/"},
    {"POST", "/api/users/"},
    {"GET", "/api/users/me"},
    {"PATCH", "/api/users/me"},
    {"GET", "/api/users/pending"},
    {"PATCH", "/api/users/{user_id}"},
    {"DELETE", "/api/users/{user_id}"},
    {"PATCH", "/api/users/{user_id}/activate"},
    {"POST", "/api/docs/upload"},
    {"GET", "/api/docs/{doc_id}/status"},
    {"GET", "/api/docs/{doc_id}"},
    {"GET", "/{a}/x/{b}/y"},
});
const Router router(table);

/// "PATTERN[a,b]", "404", "405 ALLOW" or "307 PATH".
std::string route(std::string_view method, std::string_view path) {
    const auto result = router.route(method, path);
    if (const auto* found = std::get_if<Router::Found>(&result)) {
        std::string text = found->endpoint->method + ' ' + found->endpoint->pattern;
        for (const auto& parameter : found->parameters) text += '|' + parameter;
        return text;
    }
    if (const auto* not_allowed = std::get_if<Router::MethodNotAllowed>(&result)) return "405 " + not_allowed->allow;
    if (const auto* other = std::get_if<Router::OtherSlash>(&result)) return "307 " + other->path;
    return "404";
}

struct RoutingCase {
    std::string_view method, path, expected;
};

class Routing : public ::testing::TestWithParam<RoutingCase> {};

TEST_P(Routing, Finds) {
    EXPECT_EQ(route(GetParam().method, GetParam().path), GetParam().expected)
        << GetParam().method << ' ' << GetParam().path;
}

INSTANTIATE_TEST_SUITE_P(
    Table, Routing,
    ::testing::Values(
        RoutingCase{"GET", "/", "GET /"}, RoutingCase{"HEAD", "/", "GET /"}, RoutingCase{"POST", "/", "405 GET, HEAD"},
        RoutingCase{"GET", "/api/users/", "GET /api/users/"}, RoutingCase{"POST", "/api/users/", "POST /api/users/"},
        RoutingCase{"GET", "/api/users/me", "GET /api/users/me"},
        // A static segment beats a parameter, but a route that has the method beats one that has not.
        RoutingCase{"DELETE", "/api/users/me", "DELETE /api/users/{user_id}|me"},
        RoutingCase{"PATCH", "/api/users/me", "PATCH /api/users/me"},
        RoutingCase{"PATCH", "/api/users/me/activate", "PATCH /api/users/{user_id}/activate|me"},
        RoutingCase{"PUT", "/api/users/me", "405 DELETE, GET, HEAD, PATCH"},
        RoutingCase{"DELETE", "/api/users/17", "DELETE /api/users/{user_id}|17"},
        RoutingCase{"GET", "/api/users/17", "405 DELETE, PATCH"},
        RoutingCase{"OPTIONS", "/api/users/", "405 GET, HEAD, POST"},
        RoutingCase{"HEAD", "/api/docs/upload", "GET /api/docs/{doc_id}|upload"},
        RoutingCase{"PUT", "/api/docs/upload", "405 GET, HEAD, POST"},
        RoutingCase{"GET", "/api/docs/5/status", "GET /api/docs/{doc_id}/status|5"},
        RoutingCase{"GET", "/api/docs/%D8%B9%2F", "GET /api/docs/{doc_id}|ع/"},
        RoutingCase{"GET", "/%61pi/users/m%65", "GET /api/users/me"},
        RoutingCase{"GET", "/1/x/2/y", "GET /{a}/x/{b}/y|1|2"}, RoutingCase{"GET", "/1/x/2/z", "404"},
        RoutingCase{"GET", "/1/x//y", "404"}, RoutingCase{"GET", "//x/2/y", "404"},
        // The other slash.
        RoutingCase{"GET", "/api/users", "307 /api/users/"}, RoutingCase{"PUT", "/api/users", "307 /api/users/"},
        RoutingCase{"GET", "/api/users/me/", "307 /api/users/me"},
        RoutingCase{"GET", "/api/users/me//", "307 /api/users/me"},
        RoutingCase{"PATCH", "/api/users/17/", "307 /api/users/17"}, RoutingCase{"GET", "/api/docs/", "404"},
        RoutingCase{"GET", "/api/docs", "404"},
        // No path of ours.
        RoutingCase{"GET", "/nothing", "404"}, RoutingCase{"GET", "/nothing/", "404"},
        RoutingCase{"GET", "/api/../api/users/", "404"}, RoutingCase{"GET", "/api//users/", "404"},
        RoutingCase{"GET", "//", "404"}, RoutingCase{"GET", "*", "404"}, RoutingCase{"GET", "", "404"},
        RoutingCase{"GET", "/API/users/", "404"}, RoutingCase{"GET", "/api/users/{user_id}", "405 DELETE, PATCH"}));

TEST(RouterTable, RefusesTheSameRouteTwice) {
    const auto twice = endpoints({{"GET", "/a/{x}"}, {"GET", "/a/{y}"}});
    EXPECT_THROW(Router{twice}, std::invalid_argument);
    const auto relative = endpoints({{"GET", "a"}});
    EXPECT_THROW(Router{relative}, std::invalid_argument);
}

}  // namespace
}  // namespace nassaq::http
