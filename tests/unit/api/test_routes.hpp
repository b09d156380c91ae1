#pragma once

#include <array>
#include <string>
#include <vector>

#include "api/route.hpp"

namespace nassaq::api {

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

inline EchoAnswer post_echo(Path<"id"> id, Query<EchoQuery> query, Body<EchoRequest> body) {
    return {.id = id, .texts = std::vector<std::string>(static_cast<std::size_t>(query->times), body->text)};
}
inline void delete_echo(Path<"id">) {}
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

inline constexpr auto test_routes = std::to_array<Route>({
    route<post_echo>("POST", "/echo/{id}", Level::none,
                     {.status = 201, .summary = "Echo", .problems = {{404, "No echo"}, {409, "Too loud"}}}),
    route<delete_echo>("DELETE", "/echo/{id}", Level::admin, {.status = 204, .summary = "Forget"}),
    route<get_plain>("GET", "/plain", Level::none, {.summary = "Plain", .produces = "text/plain"}),
    route<get_caller>("GET", "/caller", Level::current_user,
                      {.summary = "Who", .description = "The caller.", .pool = http::Pool::hashing}),
});

}  // namespace nassaq::api
