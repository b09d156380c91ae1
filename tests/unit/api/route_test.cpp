#include "api/route.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "api/shared_answer.hpp"
#include "api_fixture.hpp"
#include "test_routes.hpp"

namespace nassaq::api {
namespace {

class Routes : public ApiTest {
protected:
    TestServices feature_;
    std::vector<http::Endpoint> endpoints_ =
        to_endpoints(RouteTable<TestServices>{"test", test_routes}, feature_, services_);
    const http::Endpoint& echo_ = endpoints_.at(0);
    const http::Endpoint& forget_ = endpoints_.at(1);
    const http::Endpoint& plain_ = endpoints_.at(2);
    const http::Endpoint& keep_ = endpoints_.at(3);
    const http::Endpoint& caller_ = endpoints_.at(4);
};

std::string body_of(const http::Response& response) {
    return std::get<std::string>(response.body);
}

TEST_F(Routes, BecomeEndpointsBelowTheBasePath) {
    EXPECT_EQ(echo_.method, "POST");
    EXPECT_EQ(echo_.pattern, "/api/v1/echo/{id}");
    EXPECT_EQ(echo_.body, http::BodyKind::memory);
    EXPECT_EQ(echo_.pool, http::Pool::general);
    EXPECT_FALSE(echo_.guard);
    EXPECT_TRUE(forget_.guard);
    EXPECT_EQ(caller_.pool, http::Pool::hashing);
    EXPECT_EQ(to_endpoints(RouteTable<TestServices>{"test", test_routes, ""}, feature_, services_).at(0).pattern,
              "/echo/{id}");
}

TEST_F(Routes, KeepABodyOnlyWhereTheirHandlerTakesOne) {
    EXPECT_EQ(forget_.body, http::BodyKind::none);
    EXPECT_EQ(plain_.body, http::BodyKind::none);
    EXPECT_EQ(caller_.body, http::BodyKind::none);
}

TEST_F(Routes, PassTheParametersAndWriteTheResult) {
    http::Request request;
    request.path_parameters = {"7"};
    request.query = "times=2";
    request.body = R"({"text": "a\"b"})";
    const http::Response response = echo_.handle(request);
    EXPECT_EQ(response.status, 201);
    EXPECT_EQ(response.headers.find("content-type"), "application/json");
    EXPECT_EQ(body_of(response), R"({"id":7,"texts":["a\"b","a\"b"]})");
}

TEST_F(Routes, GatherTheErrorsOfAllParametersInTheirOrder) {
    http::Request request;
    request.path_parameters = {"x"};
    request.query = "times=4";
    request.body = "{}";
    const http::Response response = echo_.handle(request);
    EXPECT_EQ(response.status, 422);
    const boost::json::value body = boost::json::parse(body_of(response));
    EXPECT_EQ(body.at("code"), "validation_failed");
    std::string locations;
    for (const boost::json::value& error : body.at("detail").as_array()) {
        locations += boost::json::serialize(error.at("loc"));
    }
    EXPECT_EQ(locations, R"(["path","id"]["query","times"]["body","text"])");
}

EchoAnswer get_long_answer() {
    return {.id = 1, .texts = std::vector<std::string>(200, "the same again")};
}

constexpr auto long_routes = std::to_array<FeatureRoute<TestServices>>({
    route<TestServices, get_long_answer>("GET", "/long", Level::none, {.summary = "Long"}),
    route<TestServices, get_long_answer>("GET", "/secret", Level::none, {.summary = "Secret", .is_secret = true}),
    route<TestServices, get_long_answer>("GET", "/shared", Level::none, {.summary = "Shared", .is_shared = true}),
});

TEST_F(Routes, AnswerInGzipWhoTakesItButNothingSecret) {
    const auto endpoints = to_endpoints(RouteTable<TestServices>{"test", long_routes}, feature_, services_);
    const auto coding_of = [&](std::size_t route, std::string_view wish) {
        http::Request request = request_with("accept-encoding", wish);
        return std::string(endpoints.at(route).handle(request).headers.find("content-encoding").value_or("none"));
    };
    EXPECT_EQ(coding_of(0, "gzip"), "gzip");
    EXPECT_EQ(coding_of(0, "identity"), "none");
    EXPECT_EQ(coding_of(1, "gzip, identity;q=0"), "none");
    EXPECT_EQ(coding_of(2, "gzip"), "gzip");
    EXPECT_EQ(coding_of(2, "identity"), "none");
}

TEST_F(Routes, AnswerThoseWhoShareEachInTheirOwnCoding) {
    const auto endpoints = to_endpoints(RouteTable<TestServices>{"test", long_routes}, feature_, services_);
    http::Request with = request_with("accept-encoding", "gzip");
    http::Request without;
    with.received = without.received = SharedAnswer::Clock::now();
    std::ignore = endpoints.at(2).handle(with);  // Begun behind both: the next ones share it.
    EXPECT_EQ(endpoints.at(2).handle(without).headers.find("content-encoding"), std::nullopt);
    EXPECT_EQ(endpoints.at(2).handle(with).headers.find("content-encoding"), "gzip");
}

TEST_F(Routes, AnswerNothingForAHandlerThatReturnsNothing) {
    http::Request request;
    request.path_parameters = {"7"};
    const http::Response response = forget_.handle(request);
    EXPECT_EQ(response.status, 204);
    EXPECT_EQ(body_of(response), "");
    EXPECT_EQ(response.headers.find("content-type"), std::nullopt);
}

TEST_F(Routes, AnswerARefusalWithItsStatusItsSentenceAndItsCode) {
    http::Request request;
    request.path_parameters = {"7"};
    request.body = R"({"text": "loud"})";
    const http::Response response = echo_.handle(request);
    EXPECT_EQ(response.status, 409);
    EXPECT_EQ(body_of(response), R"({"detail":"Too loud","code":"path_exists"})");
    EXPECT_EQ(response.headers.find("content-type"), "application/json");
    EXPECT_EQ(response.headers.find("retry-after"), "3");
}

TEST_F(Routes, AnswerTheRefusalOfAHandlerThatReturnsNothingElse) {
    http::Request request;
    request.path_parameters = {"0"};
    EXPECT_EQ(keep_.handle(request).status, 404);
    request.path_parameters = {"7"};
    EXPECT_EQ(keep_.handle(request).status, 204);
}

TEST_F(Routes, AreOpenOnlyWhereNobodyNeedsToBeKnown) {
    constexpr auto open_routes =
        std::to_array<FeatureRoute<TestServices>>({route<TestServices, get_plain>("GET", "/plain", Level::none, {})});
    const auto open = to_open_endpoints(RouteTable<TestServices>{"test", open_routes}, feature_);
    EXPECT_FALSE(open.at(0).guard);
    EXPECT_THROW(to_open_endpoints(RouteTable<TestServices>{"test", test_routes}, feature_), std::logic_error);
}

TEST_F(Routes, LeaveAResponseOfTheHandlersOwnAsItIs) {
    http::Request request;
    EXPECT_EQ(body_of(plain_.handle(request)), "plain");
}

TEST_F(Routes, GiveTheHandlerTheCallerThatTheGuardLetThrough) {
    const std::int64_t user_id = add_user("layla", false, std::nullopt);
    http::Request request = request_with("authorization", "Bearer " + token_of(user_id));
    EXPECT_FALSE(caller_.guard(request));
    EXPECT_EQ(body_of(caller_.handle(request)), R"({"id":1,"texts":["layla"]})");
    const auto refusal = forget_.guard(request);
    ASSERT_TRUE(refusal);
    EXPECT_EQ(refusal->status, 403);
}

}  // namespace
}  // namespace nassaq::api
