#include "http/cors.hpp"

#include <gtest/gtest.h>

namespace nassaq::http {
namespace {

Request preflight(std::string_view origin, std::string_view method, std::string_view fields = {}) {
    Request request;
    request.method = "OPTIONS";
    request.headers.add("Origin", origin);
    request.headers.add("Access-Control-Request-Method", method);
    if (!fields.empty()) request.headers.add("Access-Control-Request-Headers", fields);
    return request;
}

std::string field(const Response& response, std::string_view name) {
    return std::string(response.headers.find(name).value_or("(absent)"));
}

const Cors cors({"http://localhost:8080", "https://docs.example"});

TEST(CorsPreflight, AgreesToAConfiguredOrigin) {
    const Response response = cors.answer_preflight(preflight("https://docs.example", "PATCH", "authorization,x-odd"));
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(std::get<std::string>(response.body), "OK");
    EXPECT_EQ(field(response, "access-control-allow-origin"), "https://docs.example");
    EXPECT_EQ(field(response, "access-control-allow-methods"), "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT");
    EXPECT_EQ(field(response, "access-control-allow-headers"), "authorization,x-odd");
    EXPECT_EQ(field(response, "access-control-allow-credentials"), "true");
    EXPECT_EQ(field(response, "access-control-max-age"), "600");
    EXPECT_EQ(field(response, "vary"), "Origin");
    EXPECT_EQ(field(response, "content-type"), "text/plain; charset=utf-8");
}

TEST(CorsPreflight, RefusesOthers) {
    const Response origin = cors.answer_preflight(preflight("http://localhost:8081", "GET"));
    EXPECT_EQ(origin.status, 400);
    EXPECT_EQ(std::get<std::string>(origin.body), "Disallowed CORS origin");
    EXPECT_EQ(field(origin, "access-control-allow-origin"), "(absent)");
    EXPECT_EQ(std::get<std::string>(cors.answer_preflight(preflight("https://docs.example", "BREW")).body),
              "Disallowed CORS method");
    EXPECT_EQ(std::get<std::string>(cors.answer_preflight(preflight("null", "BREW")).body),
              "Disallowed CORS origin, method");
}

TEST(CorsPreflight, IsAnOptionsRequestWithBothFields) {
    EXPECT_TRUE(Cors::is_preflight(preflight("x", "GET")));
    Request get = preflight("x", "GET");
    get.method = "GET";
    EXPECT_FALSE(Cors::is_preflight(get));
    Request options;
    options.method = "OPTIONS";
    options.headers.add("origin", "x");
    EXPECT_FALSE(Cors::is_preflight(options));
}

TEST(CorsHeaders, EchoAConfiguredOrigin) {
    Headers request;
    request.add("origin", "https://docs.example");
    Headers response;
    response.add("vary", "Accept");
    cors.add_headers(request, response);
    EXPECT_EQ(response.find("access-control-allow-origin"), "https://docs.example");
    EXPECT_EQ(response.find("access-control-allow-credentials"), "true");
    EXPECT_EQ(response.find("vary"), "Accept, Origin");
}

TEST(CorsHeaders, NameTheOriginInVaryOnce) {
    Headers request;
    request.add("origin", "https://docs.example");
    Response response = cors.answer_preflight(preflight("https://docs.example", "PATCH"));
    cors.add_headers(request, response.headers);
    EXPECT_EQ(field(response, "vary"), "Origin");
    Headers other;
    other.add("vary", "accept , origin");
    cors.add_headers(request, other);
    EXPECT_EQ(other.find("vary"), "accept , origin");
}

TEST(CorsHeaders, NameNoOtherOrigin) {
    Headers request;
    request.add("origin", "https://docs.example.evil");
    Headers response;
    cors.add_headers(request, response);
    EXPECT_FALSE(response.find("access-control-allow-origin"));
}

TEST(CorsHeaders, AreLeftOutWithoutAnOrigin) {
    Headers response;
    cors.add_headers(Headers(), response);
    EXPECT_TRUE(response.begin() == response.end());
}

TEST(CorsHeaders, TakeTheStarForAnyOrigin) {
    const Cors any({"*"});
    Headers request;
    request.add("origin", "http://a");
    Headers response;
    any.add_headers(request, response);
    EXPECT_EQ(response.find("access-control-allow-origin"), "*");
    request.add("cookie", "x=y");
    any.add_headers(request, response);
    EXPECT_EQ(response.find("access-control-allow-origin"), "http://a");
    EXPECT_EQ(any.answer_preflight(preflight("http://b", "GET")).status, 200);
}

}  // namespace
}  // namespace nassaq::http
