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
std::string route(std::string_view method, std::string_view path, const Router& by = router) {
    const auto result = by.route(method, path);
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

const std::vector<Endpoint> table_with_files = endpoints({
    {"GET", "/api/users/"},
    {"GET", "/api/users/{user_id}"},
    {"POST", "/api/upload"},
    {"GET", "/app/{path*}"},
    {"GET", "/app/version"},
    {"GET", "/{name}/files/{path*}"},
    {"PUT", "/app/drafts/{path*}"},
});
const Router router_with_files(table_with_files);

class RoutingToFiles : public ::testing::TestWithParam<RoutingCase> {};

TEST_P(RoutingToFiles, Finds) {
    EXPECT_EQ(route(GetParam().method, GetParam().path, router_with_files), GetParam().expected)
        << GetParam().method << ' ' << GetParam().path;
}

INSTANTIATE_TEST_SUITE_P(
    Table, RoutingToFiles,
    ::testing::Values(
        RoutingCase{"GET", "/app/index.html", "GET /app/{path*}|index.html"},
        RoutingCase{"GET", "/app/a/b/c.js", "GET /app/{path*}|a/b/c.js"},
        RoutingCase{"HEAD", "/app/a/b", "GET /app/{path*}|a/b"}, RoutingCase{"GET", "/app/", "GET /app/{path*}|"},
        RoutingCase{"GET", "/app/a/", "GET /app/{path*}|a/"}, RoutingCase{"GET", "/app//a", "GET /app/{path*}|/a"},
        RoutingCase{"GET", "/app/../x", "GET /app/{path*}|../x"},
        RoutingCase{"GET", "/app/%D8%B9/%2e%2E%2Fx", "GET /app/{path*}|ع/../x"},
        RoutingCase{"GET", "/a%70p/x", "GET /app/{path*}|x"},
        RoutingCase{"GET", "/omar/files/a/b", "GET /{name}/files/{path*}|omar|a/b"},
        RoutingCase{"GET", "/app/files/a", "GET /app/{path*}|files/a"},
        // What is more specific goes first, whatever the method.
        RoutingCase{"GET", "/app/version", "GET /app/version"}, RoutingCase{"PUT", "/app/version", "405 GET, HEAD"},
        RoutingCase{"PUT", "/app/drafts/x", "PUT /app/drafts/{path*}|x"},
        RoutingCase{"GET", "/app/drafts/x", "GET /app/{path*}|drafts/x"},
        RoutingCase{"DELETE", "/app/drafts/x", "405 GET, HEAD, PUT"},
        // Other methods, the other slash, and no path of ours.
        RoutingCase{"POST", "/app/x", "405 GET, HEAD"}, RoutingCase{"GET", "/app", "307 /app/"},
        RoutingCase{"GET", "/app/version/", "307 /app/version"}, RoutingCase{"GET", "/api/users", "307 /api/users/"},
        RoutingCase{"GET", "/api/upload", "405 POST"}, RoutingCase{"GET", "/apps/x", "404"},
        RoutingCase{"GET", "/api/nothing", "404"}, RoutingCase{"GET", "/", "404"},
        RoutingCase{"GET", "//files/x", "404"}));

TEST(RouterTable, TakesEverythingElse) {
    const auto rows = endpoints({{"GET", "/"}, {"POST", "/api/upload"}, {"GET", "/api/users/"}, {"GET", "/{path*}"}});
    const Router all(rows);
    EXPECT_EQ(route("GET", "/", all), "GET /");
    EXPECT_EQ(route("GET", "/x/y", all), "GET /{path*}|x/y");
    EXPECT_EQ(route("GET", "/api/upload", all), "405 POST");
    EXPECT_EQ(route("GET", "/api/users", all), "307 /api/users/");
    EXPECT_EQ(route("GET", "/api/nothing", all), "GET /{path*}|api/nothing");
    EXPECT_EQ(route("POST", "/api/nothing", all), "405 GET, HEAD");
}

TEST(RouterTable, RefusesWhatGoesOnBehindTheRest) {
    const auto rows = endpoints({{"GET", "/{path*}/x"}});
    EXPECT_THROW(Router{rows}, std::invalid_argument);
}

TEST(RouterTable, RefusesTheSameRouteTwice) {
    const auto rests = endpoints({{"GET", "/a/{x*}"}, {"GET", "/a/{y*}"}});
    EXPECT_THROW(Router{rests}, std::invalid_argument);
    const auto twice = endpoints({{"GET", "/a/{x}"}, {"GET", "/a/{y}"}});
    EXPECT_THROW(Router{twice}, std::invalid_argument);
    const auto relative = endpoints({{"GET", "a"}});
    EXPECT_THROW(Router{relative}, std::invalid_argument);
}

}  // namespace
}  // namespace nassaq::http
