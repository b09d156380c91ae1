#include "api/guard.hpp"

#include <gtest/gtest.h>

#include <any>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "api_fixture.hpp"

namespace nassaq::api {
namespace {

TEST(BearerToken, IsFoundWhateverTheCaseOfItsScheme) {
    const auto token_of_header = [](std::string_view value) -> std::optional<std::string> {
        http::Request request;
        request.headers.add("Authorization", value);
        const auto token = bearer_token(request);
        return token ? std::optional<std::string>(*token) : std::nullopt;
    };
    EXPECT_EQ(token_of_header("Bearer abc"), "abc");
    EXPECT_EQ(token_of_header("bearer abc"), "abc");
    EXPECT_EQ(token_of_header("BEARER   abc "), "abc");
    EXPECT_EQ(token_of_header("Bearer"), std::nullopt);
    EXPECT_EQ(token_of_header("Bearer "), std::nullopt);
    EXPECT_EQ(token_of_header("Basic abc"), std::nullopt);
    EXPECT_EQ(token_of_header("Bearerabc"), std::nullopt);
    EXPECT_EQ(token_of_header(""), std::nullopt);
    EXPECT_EQ(bearer_token(http::Request()), std::nullopt);
}

class Authorize : public ApiTest {
protected:
    /// "200" or the status and text of the refusal.
    std::string outcome(std::string_view token, Level level) {
        http::Request request = request_with("authorization", "Bearer " + std::string(token));
        const auto let_in = authorize(services_, request, level);
        if (let_in) {
            return "200";
        }
        return std::to_string(status_of(let_in.error().code)) + " " + std::string(let_in.error().detail.as_string());
    }

    static constexpr std::string_view bad_credentials = "401 Could not validate credentials";
    static constexpr std::string_view pending =
        "403 Your account is pending role assignment. Please contact an administrator.";
    static constexpr std::string_view forbidden = "403 You are not authorized to perform this action.";
};

TEST_F(Authorize, LetsEachThroughUpToTheirLevel) {
    const std::string inactive = token_of(add_user("inactive", false, std::nullopt));
    const std::string user = token_of(add_user("user", true, 1));
    const std::string admin = token_of(add_user("admin", true, 99));
    const std::string inactive_admin = token_of(add_user("inactive_admin", false, 99));

    for (const std::string& token : {inactive, user, admin, inactive_admin, std::string("nonsense")}) {
        EXPECT_EQ(outcome(token, Level::none), "200");
    }
    for (const std::string& token : {inactive, user, admin, inactive_admin}) {
        EXPECT_EQ(outcome(token, Level::current_user), "200");
    }
    EXPECT_EQ(outcome(inactive, Level::active_user), pending);
    EXPECT_EQ(outcome(user, Level::active_user), "200");
    EXPECT_EQ(outcome(inactive, Level::admin), pending);
    EXPECT_EQ(outcome(inactive_admin, Level::admin), pending);
    EXPECT_EQ(outcome(user, Level::admin), forbidden);
    EXPECT_EQ(outcome(admin, Level::admin), "200");
}

TEST_F(Authorize, RefusesARequestWithoutAToken) {
    http::Request request;
    const auto let_in = authorize(services_, request, Level::current_user);
    ASSERT_FALSE(let_in);
    EXPECT_EQ(status_of(let_in.error().code), 401);
    EXPECT_EQ(let_in.error().detail, "Not authenticated");
    EXPECT_EQ(to_response(let_in.error()).headers.find("www-authenticate"), "Bearer");
}

TEST_F(Authorize, RefusesTokensThatDoNotCount) {
    const std::int64_t user_id = add_user("user", true, 1);
    EXPECT_EQ(outcome("nonsense", Level::current_user), bad_credentials);
    EXPECT_EQ(outcome(token_of(user_id, security::TokenType::refresh), Level::current_user), bad_credentials);
    EXPECT_EQ(outcome(token_of(user_id, security::TokenType::access, std::chrono::seconds{-1}), Level::current_user),
              bad_credentials);
    EXPECT_EQ(outcome(token_of(user_id + 1), Level::current_user), bad_credentials);
    EXPECT_EQ(outcome(token_of(user_id) + "x", Level::current_user), bad_credentials);
}

TEST_F(Authorize, ReadsTheUserEachTime) {
    const std::int64_t user_id = add_user("user", true, 99);
    const std::string token = token_of(user_id);
    EXPECT_EQ(outcome(token, Level::admin), "200");
    database_.execute("UPDATE Users SET role_id = 1 WHERE user_id = ?", user_id);
    EXPECT_EQ(outcome(token, Level::admin), forbidden);
    database_.execute("UPDATE Users SET is_active = 0 WHERE user_id = ?", user_id);
    EXPECT_EQ(outcome(token, Level::active_user), pending);
    database_.execute("DELETE FROM Users WHERE user_id = ?", user_id);
    EXPECT_EQ(outcome(token, Level::current_user), bad_credentials);
}

TEST_F(Authorize, LooksAtTheSessionThatTheTokenNames) {
    const std::int64_t user_id = add_user("user", true, 1);
    const std::int64_t other_id = add_user("other", true, 1);
    const auto time = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    const std::string token = tokens_.sign(
        {.subject = user_id, .expires_at = time + std::chrono::minutes{1}, .issued_at = time, .session_id = "session"});
    EXPECT_EQ(outcome(token, Level::current_user), bad_credentials) << "there is none";
    database_.execute(
        "INSERT INTO Sessions (jti, user_id, created_at, last_used_at, expires_at) VALUES (?, ?, ?, ?, ?)", "session",
        user_id, now(), now(), now() + std::chrono::hours{1});
    EXPECT_EQ(outcome(token, Level::current_user), "200");
    database_.execute("UPDATE Sessions SET user_id = ?", other_id);
    EXPECT_EQ(outcome(token, Level::current_user), bad_credentials) << "another's";
    database_.execute("UPDATE Sessions SET user_id = ?, expires_at = ?", user_id, now());
    EXPECT_EQ(outcome(token, Level::current_user), bad_credentials) << "over";
    database_.execute("UPDATE Users SET is_active = ? WHERE user_id = ?", false, user_id);
    EXPECT_EQ(outcome(token, Level::current_user), bad_credentials);
    EXPECT_EQ(outcome(token, Level::active_user), pending) << "a deactivation ends sessions, too, and is 403";
}

TEST_F(Authorize, LooksAtTheTimeOfATokenWithoutASession) {
    const std::int64_t user_id = add_user("user", true, 1);
    const std::string token = token_of(user_id);
    EXPECT_EQ(outcome(token, Level::current_user), "200");
    const Timestamp issued_at = tokens_.verify(token, {})->issued_at;
    database_.execute("UPDATE Users SET tokens_valid_from = ? WHERE user_id = ?", issued_at, user_id);
    EXPECT_EQ(outcome(token, Level::current_user), "200");
    database_.execute("UPDATE Users SET tokens_valid_from = ? WHERE user_id = ?", issued_at + std::chrono::seconds{1},
                      user_id);
    EXPECT_EQ(outcome(token, Level::current_user), bad_credentials);
}

/// As an upload does that takes its time.
void let_a_second_pass(http::Request& request) {
    std::any_cast<Caller&>(request.caller).seen -= std::chrono::seconds{1};
}

TEST_F(Authorize, LooksAgainBehindTheBody) {
    const std::int64_t user_id = add_user("user", true, 99);
    for (const http::BodyKind body : {http::BodyKind::memory, http::BodyKind::multipart}) {
        http::Request request = request_with("authorization", "Bearer " + token_of(user_id));
        ASSERT_TRUE(authorize(services_, request, Level::active_user, body));
        database_.execute("UPDATE Users SET role_id = 1 WHERE user_id = ?", user_id);
        if (body == http::BodyKind::multipart) {
            ASSERT_TRUE(authorize(services_, request, Level::active_user, body));
            EXPECT_TRUE(caller_of(request).is_admin()) << "as they were a moment ago";
            let_a_second_pass(request);
        }
        ASSERT_TRUE(authorize(services_, request, Level::active_user, body));
        EXPECT_FALSE(caller_of(request).is_admin()) << "as they are now";
        let_a_second_pass(request);
        std::any_cast<Caller&>(request.caller).token.expires_at -= std::chrono::minutes{2};
        EXPECT_EQ(authorize(services_, request, Level::active_user, body).has_value(),
                  body == http::BodyKind::multipart);
        database_.execute("UPDATE Users SET role_id = 99 WHERE user_id = ?", user_id);
    }
}

TEST_F(Authorize, LeavesTheCallerInTheRequest) {
    const std::int64_t user_id = add_user("layla", true, 99);
    http::Request request = request_with("authorization", "Bearer " + token_of(user_id));
    ASSERT_TRUE(authorize(services_, request, Level::admin));
    EXPECT_EQ(request.user_id, user_id);
    EXPECT_EQ(caller_of(request).username, "layla");
    EXPECT_EQ(caller_of(request).role, "Admin");
    EXPECT_TRUE(caller_of(request).is_admin());
}

}  // namespace
}  // namespace nassaq::api
