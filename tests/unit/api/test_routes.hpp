#pragma once

#include <array>
#include <chrono>
#include <string>
#include <vector>

#include "api/route.hpp"

namespace nassaq::api {

/// What these handlers use: nothing.
struct TestServices {};

struct EchoRequest {
    std::string text;
};
BOOST_DESCRIBE_STRUCT(EchoRequest, (), (text))

struct EchoQuery {
    std::int64_t times = 1;
};
BOOST_DESCRIBE_STRUCT(EchoQuery, (), (times))

struct EchoAnswer {
    std::int64_t id = 0;
    std::vector<std::string> texts;
};
BOOST_DESCRIBE_STRUCT(EchoAnswer, (), (id, texts))

inline Result<EchoAnswer> post_echo(Path<"id"> id, Query<EchoQuery> query, Body<EchoRequest> body) {
    if (body->text == "loud") {
        return refuse(RefusalCode::path_exists, "Too loud", std::chrono::seconds{3});
    }
    return EchoAnswer{.id = id, .texts = std::vector<std::string>(static_cast<std::size_t>(query->times), body->text)};
}
inline void delete_echo(Path<"id">) {}
inline Result<> put_echo(Path<"id"> id) {
    if (id == 0) {
        return refuse(RefusalCode::path_not_found, "No echo");
    }
    return {};
}
inline http::Response get_plain() {
    return {.status = 200, .headers = {}, .body = "plain"};
}
inline EchoAnswer get_caller(const Caller& caller) {
    return {.id = caller.user_id, .texts = {caller.username}};
}

}  // namespace nassaq::api

namespace nassaq::schema {

template <>
inline constexpr auto rules<api::EchoQuery> =
    std::to_array<Rule>({{.field = "times", .min = 0, .max = 3, .defaulted = true}});

}  // namespace nassaq::schema

namespace nassaq::api {

inline constexpr auto test_routes = std::to_array<FeatureRoute<TestServices>>({
    route<TestServices, post_echo>(
        "POST", "/echo/{id}", Level::none,
        {.status = 201,
         .summary = "Echo",
         .problems = {{RefusalCode::path_not_found, "No echo"}, {RefusalCode::path_exists, "Too loud"}}}),
    route<TestServices, delete_echo>("DELETE", "/echo/{id}", Level::admin, {.status = 204, .summary = "Forget"}),
    route<TestServices, get_plain>("GET", "/plain", Level::none, {.summary = "Plain", .produces = "text/plain"}),
    route<TestServices, put_echo>("PUT", "/echo/{id}", Level::none, {.status = 204, .summary = "Keep"}),
    route<TestServices, get_caller>("GET", "/caller", Level::current_user,
                                    {.summary = "Who", .description = "The caller.", .pool = http::Pool::hashing}),
});

}  // namespace nassaq::api
