#include "api/recall.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <variant>

#include "api_fixture.hpp"
#include "test_routes.hpp"

namespace nassaq::api {
namespace {

using namespace std::chrono_literals;

Result<EchoAnswer> get_name(Services& services, const Caller& caller, Query<EchoQuery> query) {
    if (query->times == 0) {
        return refuse(RefusalCode::path_not_found, "No times");
    }
    const auto name = services.database.read([&](db::Session& session) {
        return session.get<std::string>("SELECT full_name FROM Users WHERE user_id = ?", caller.user_id);
    });
    return EchoAnswer{.id = query->times, .texts = {name}};
}

constexpr auto remembered_routes = std::to_array<FeatureRoute<Services>>({
    route<Services, get_name>("GET", "/name", Level::active_user, {.summary = "Name", .is_remembered = true}),
});

class Recall : public ApiTest {
protected:
    http::Request request_with(const std::string& token, const std::string& query = "times=1") {
        http::Request request;
        request.state_version = database_.get().version();
        request.method = "GET";
        request.path = "/api/v1/name";
        request.query = query;
        request.headers.add("authorization", "Bearer " + token);
        return request;
    }

    /// As the server does it when nothing is known.
    http::Response handle(http::Request&& request) {
        EXPECT_FALSE(endpoint_.guard(request));
        return endpoint_.handle(request);
    }

    /// The body of what is known at once; "" when nothing is.
    std::string recalled(http::Request&& request) {
        const auto response = endpoint_.recall(request);
        if (!response) {
            EXPECT_FALSE(request.user_id);
            return "";
        }
        EXPECT_EQ(request.user_id, user_id_);
        EXPECT_EQ(response->status, 200);
        EXPECT_EQ(response->headers.find("content-type"), "application/json");
        return std::get<std::string>(response->body);
    }

    std::vector<http::Endpoint> endpoints_ =
        to_endpoints(RouteTable<Services>{"test", remembered_routes}, services_, services_);
    const http::Endpoint& endpoint_ = endpoints_.at(0);
    std::string add_session(const std::string& jti) {
        database_.execute(
            "INSERT INTO Sessions (jti, user_id, created_at, last_used_at, expires_at) VALUES (?, ?, ?, ?, ?)", jti,
            user_id_, now(), now(), now() + 1h);
        return jti;
    }

    [[nodiscard]] std::string token_of_session(const std::string& jti, std::chrono::seconds life = 1min) const {
        const auto time = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
        return tokens_.sign({.subject = user_id_, .expires_at = time + life, .issued_at = time, .session_id = jti});
    }

    std::int64_t user_id_ = add_user("layla", true, 1);
    std::string session_ = add_session("session");
    std::string token_ = token_of_session(session_);
};

TEST_F(Recall, GivesTheSameAnswerToTheSameCallerAtTheSameUrl) {
    EXPECT_EQ(recalled(request_with(token_)), "") << "never asked for before";
    const http::Response first = handle(request_with(token_));
    EXPECT_EQ(recalled(request_with(token_)), std::get<std::string>(first.body));
    EXPECT_EQ(recalled(request_with(token_of_session(session_, 2min))), std::get<std::string>(first.body))
        << "another token of the same session";
    EXPECT_EQ(recalled(request_with(token_, "times=2")), "") << "another URL";
    EXPECT_EQ(recalled(request_with(token_of(add_user("omar", true, 1)))), "") << "another user";
}

TEST_F(Recall, IsInTheCodingThatTheClientWants) {
    const auto wanting = [&](std::string_view wish) {
        http::Request request = request_with(token_);
        request.headers.add("accept-encoding", wish);
        return request;
    };
    const http::Response encoded = handle(wanting("gzip, identity;q=0"));
    EXPECT_EQ(encoded.headers.find("content-encoding"), "gzip");
    EXPECT_EQ(recalled(request_with(token_)), "") << "the bare answer has not been made";
    EXPECT_EQ(recalled(wanting("gzip")), "") << "nor is a short one in gzip for those who take either";
    http::Request again = wanting("identity;q=0, x-gzip;q=0.5");
    const auto known = endpoint_.recall(again);
    ASSERT_TRUE(known);
    EXPECT_EQ(std::get<std::string>(known->body), std::get<std::string>(encoded.body));
    EXPECT_EQ(known->headers.find("content-encoding"), "gzip");
    EXPECT_EQ(known->headers.find("vary"), "Accept-Encoding");
}

TEST_F(Recall, IsForTheSameSessionOnly) {
    const std::string ended = token_of_session(add_session("ended"));
    database_.execute("DELETE FROM Sessions WHERE jti = 'ended'");
    handle(request_with(token_));
    EXPECT_NE(recalled(request_with(token_)), "");
    EXPECT_EQ(recalled(request_with(ended)), "") << "the guard has to refuse it";
}

TEST_F(Recall, OfATokenWithoutASessionIsForThoseOfTheSameSecondOnly) {
    const auto time = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    const auto issued = [&](std::chrono::seconds ago) {
        return tokens_.sign({.subject = user_id_, .expires_at = time + 60s, .issued_at = time - ago});
    };
    handle(request_with(issued(0s)));
    EXPECT_NE(recalled(request_with(issued(0s))), "");
    EXPECT_EQ(recalled(request_with(issued(1s))), "") << "may have been ended";
}

TEST_F(Recall, NeedsATokenThatIsGoodNow) {
    handle(request_with(token_));
    EXPECT_NE(recalled(request_with(token_)), "");
    EXPECT_EQ(recalled(request_with(token_of(user_id_, security::TokenType::refresh))), "");
    EXPECT_EQ(recalled(request_with(token_of(user_id_, security::TokenType::access, -1s))), "");
    EXPECT_EQ(recalled(request_with(token_ + "x")), "");
    http::Request without;
    without.path = "/api/v1/name";
    without.state_version = database_.get().version();
    EXPECT_EQ(recalled(std::move(without)), "");
}

TEST_F(Recall, AnyChangeOfTheDatabaseEndsIt) {
    handle(request_with(token_));
    database_.execute("UPDATE Users SET full_name = 'Layla B' WHERE user_id = ?", user_id_);
    EXPECT_EQ(recalled(request_with(token_)), "");
    EXPECT_EQ(std::get<std::string>(handle(request_with(token_)).body), R"({"id":1,"texts":["Layla B"]})");
    EXPECT_EQ(recalled(request_with(token_)), R"({"id":1,"texts":["Layla B"]})");

    database_.execute("UPDATE Users SET is_active = ? WHERE user_id = ?", false, user_id_);
    EXPECT_EQ(recalled(request_with(token_)), "") << "the guard has to refuse now";
}

TEST_F(Recall, NothingIsKeptOfAChangeBetweenGuardAndHandler) {
    http::Request request = request_with(token_);
    EXPECT_FALSE(endpoint_.guard(request));
    database_.execute("UPDATE Users SET is_active = ? WHERE user_id = ?", false, user_id_);
    EXPECT_EQ(endpoint_.handle(request).status, 200) << "let in before";
    EXPECT_EQ(recalled(request_with(token_)), "");
}

TEST_F(Recall, RefusalsAreNotKept) {
    EXPECT_EQ(handle(request_with(token_, "times=0")).status, 404);
    EXPECT_EQ(recalled(request_with(token_, "times=0")), "");
    EXPECT_EQ(handle(request_with(token_, "times=9")).status, 422);
    EXPECT_EQ(recalled(request_with(token_, "times=9")), "");
}

TEST_F(Recall, IsForRoutesThatSayTheyCanBeRemembered) {
    TestServices feature;
    for (const http::Endpoint& endpoint :
         to_endpoints(RouteTable<TestServices>{"test", test_routes}, feature, services_)) {
        EXPECT_FALSE(endpoint.recall) << endpoint.pattern;
    }
}

}  // namespace
}  // namespace nassaq::api
