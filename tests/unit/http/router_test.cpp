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

struct Case {
    std::string_view method, path, expected;
};

class Routing : public ::testing::TestWithParam<Case> {};

TEST_P(Routing, Finds) {
    EXPECT_EQ(route(GetParam().method, GetParam().path), GetParam().expected)
        << GetParam().method << ' ' << GetParam().path;
}

INSTANTIATE_TEST_SUITE_P(
    Table, Routing,
    ::testing::Values(
        Case{"GET", "/", "GET /"}, Case{"HEAD", "/", "GET /"}, Case{"POST", "/", "405 GET, HEAD"},
        Case{"GET", "/api/users/", "GET /api/users/"}, Case{"POST", "/api/users/", "POST /api/users/"},
        Case{"GET", "/api/users/me", "GET /api/users/me"},
        // A static segment beats a parameter, but a route that has the method beats one that has not.
        Case{"DELETE", "/api/users/me", "DELETE /api/users/{user_id}|me"},
        Case{"PATCH", "/api/users/me", "PATCH /api/users/me"},
        Case{"PATCH", "/api/users/me/activate", "PATCH /api/users/{user_id}/activate|me"},
        Case{"PUT", "/api/users/me", "405 DELETE, GET, HEAD, PATCH"},
        Case{"DELETE", "/api/users/17", "DELETE /api/users/{user_id}|17"},
        Case{"GET", "/api/users/17", "405 DELETE, PATCH"}, Case{"OPTIONS", "/api/users/", "405 GET, HEAD, POST"},
        Case{"HEAD", "/api/docs/upload", "GET /api/docs/{doc_id}|upload"},
        Case{"PUT", "/api/docs/upload", "405 GET, HEAD, POST"},
        Case{"GET", "/api/docs/5/status", "GET /api/docs/{doc_id}/status|5"},
        Case{"GET", "/api/docs/%D8%B9%2F", "GET /api/docs/{doc_id}|ع/"},
        Case{"GET", "/%61pi/users/m%65", "GET /api/users/me"}, Case{"GET", "/1/x/2/y", "GET /{a}/x/{b}/y|1|2"},
        Case{"GET", "/1/x/2/z", "404"}, Case{"GET", "/1/x//y", "404"}, Case{"GET", "//x/2/y", "404"},
        // The other slash.
        Case{"GET", "/api/users", "307 /api/users/"}, Case{"PUT", "/api/users", "307 /api/users/"},
        Case{"GET", "/api/users/me/", "307 /api/users/me"}, Case{"GET", "/api/users/me//", "307 /api/users/me"},
        Case{"PATCH", "/api/users/17/", "307 /api/users/17"}, Case{"GET", "/api/docs/", "404"},
        Case{"GET", "/api/docs", "404"},
        // No path of ours.
        Case{"GET", "/nothing", "404"}, Case{"GET", "/nothing/", "404"}, Case{"GET", "/api/../api/users/", "404"},
        Case{"GET", "/api//users/", "404"}, Case{"GET", "//", "404"}, Case{"GET", "*", "404"}, Case{"GET", "", "404"},
        Case{"GET", "/API/users/", "404"}, Case{"GET", "/api/users/{user_id}", "405 DELETE, PATCH"}));

TEST(RouterTable, RefusesTheSameRouteTwice) {
    const auto twice = endpoints({{"GET", "/a/{x}"}, {"GET", "/a/{y}"}});
    EXPECT_THROW(Router{twice}, std::invalid_argument);
    const auto relative = endpoints({{"GET", "a"}});
    EXPECT_THROW(Router{relative}, std::invalid_argument);
}

}  // namespace
}  // namespace nassaq::http
