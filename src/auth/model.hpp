#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "schema/rule.hpp"
#include "users/model.hpp"

namespace nassaq::auth {

/// The platform's rules for a new password.
std::optional<std::string> check_password(std::string& password);

struct RegisterRequest {
    std::string full_name;
    std::string email;
    std::optional<std::string> username;
    std::string password;
};
BOOST_DESCRIBE_STRUCT(RegisterRequest, (), (full_name, email, username, password))

/// An account that an administrator makes.
struct CreateUser {
    std::string full_name;
    std::string email;
    std::optional<std::string> username;
    std::optional<std::int64_t> role_id;
    std::vector<std::int64_t> group_ids;
    std::optional<std::string> password;
};
BOOST_DESCRIBE_STRUCT(CreateUser, (), (full_name, email, username, role_id, group_ids, password))

struct CreatedUser {
    users::UserResponse user;
    std::optional<std::string> password;  ///< Where none was given.
};
BOOST_DESCRIBE_STRUCT(CreatedUser, (), (user, password))

/// The form of OAuth2's password flow (RFC 6749, 4.3.2); `username` is the e-mail address.
struct LoginForm {
    std::optional<std::string> grant_type;
    std::string username;
    std::string password;
    std::string scope;
    std::optional<std::string> client_id;
    std::optional<std::string> client_secret;
};
BOOST_DESCRIBE_STRUCT(LoginForm, (), (grant_type, username, password, scope, client_id, client_secret))

struct TokenPair {
    std::string access_token;
    std::string refresh_token;
    std::string token_type = "bearer";
};
BOOST_DESCRIBE_STRUCT(TokenPair, (), (access_token, refresh_token, token_type))

struct RefreshResponse {
    std::string access_token;
    std::optional<std::string> refresh_token;  ///< With REFRESH_TOKEN_ROTATION only.
    std::string token_type = "bearer";
};
BOOST_DESCRIBE_STRUCT(RefreshResponse, (), (access_token, refresh_token, token_type))

struct ChangePassword {
    std::string current_password;
    std::string new_password;
};
BOOST_DESCRIBE_STRUCT(ChangePassword, (), (current_password, new_password))

struct ResetPassword {
    std::string new_password;
};
BOOST_DESCRIBE_STRUCT(ResetPassword, (), (new_password))

struct SessionResponse {
    std::string jti;
    Timestamp created_at;
    Timestamp last_used_at;
    std::optional<std::string> address;
    std::optional<std::string> user_agent;
    bool current = false;  ///< Whether the request's own token belongs to it.
};
BOOST_DESCRIBE_STRUCT(SessionResponse, (), (jti, created_at, last_used_at, address, user_agent, current))

}  // namespace nassaq::auth

namespace nassaq::schema {

/// The rule for a password that its owner makes up.
constexpr Rule chosen_password(std::string_view field) {
    return {.field = field,
            .min = 8,
            .max = 64,
            .secret = true,
            .check = auth::check_password,
            .description = "At least one digit and one special character",
            .example = R"("correct-horse-9")"};
}

inline constexpr std::string_view example_token =
    R"("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiI3In0.c2lnbmF0dXJl")";

template <>
inline constexpr bool forbids_extra_fields<auth::RegisterRequest> = true;

template <>
inline constexpr auto rules<auth::RegisterRequest> = std::to_array<Rule>({
    {.field = "full_name", .min = 6, .max = 60, .check = users::tidy_full_name, .example = R"("Layla Haddad")"},
    {.field = "email", .max = 50, .format = Format::email, .example = R"("layla@example.com")"},
    {.field = "username",
     .min = 3,
     .max = 20,
     .check = users::check_username,
     .description = "Made from the e-mail address when left out",
     .example = R"("layla")"},
    chosen_password("password"),
});

template <>
inline constexpr bool forbids_extra_fields<auth::CreateUser> = true;

template <>
inline constexpr auto rules<auth::CreateUser> = std::to_array<Rule>({
    {.field = "full_name", .min = 6, .max = 60, .check = users::tidy_full_name, .example = R"("Layla Haddad")"},
    {.field = "email", .max = 50, .format = Format::email, .example = R"("layla@example.com")"},
    {.field = "username",
     .min = 3,
     .max = 20,
     .check = users::check_username,
     .description = "Made from the e-mail address when left out",
     .example = R"("layla")"},
    {.field = "role_id", .description = "User, when left out", .example = "1"},
    {.field = "group_ids", .max = 1000, .defaulted = true, .example = "[3]"},
    chosen_password("password"),
});

template <>
inline constexpr auto rules<auth::CreatedUser> = std::to_array<Rule>({
    {.field = "password",
     .omitted_when_empty = true,
     .description = "For one log-in; only where the request has none",
     .example = R"("k3v-7qh2-mxt9-2wde")"},
});

template <>
inline constexpr auto rules<auth::ChangePassword> = std::to_array<Rule>({
    {.field = "current_password", .secret = true, .example = R"("correct-horse-8")"},
    chosen_password("new_password"),
});

template <>
inline constexpr auto rules<auth::ResetPassword> = std::to_array<Rule>({chosen_password("new_password")});

template <>
inline constexpr auto rules<auth::RefreshResponse> = std::to_array<Rule>({
    {.field = "access_token", .example = example_token},
    {.field = "refresh_token",
     .omitted_when_empty = true,
     .description = "Takes the place of the one that was sent, when refresh tokens rotate",
     .example = example_token},
    {.field = "token_type", .example = R"("bearer")"},
});

template <>
inline constexpr auto rules<auth::LoginForm> = std::to_array<Rule>({
    {.field = "grant_type", .pattern = "^password$", .example = R"("password")"},
    {.field = "username", .description = "The e-mail address", .example = R"("layla@example.com")"},
    {.field = "password", .secret = true, .example = R"("correct-horse-9")"},
    {.field = "scope", .defaulted = true},
    {.field = "client_id", .description = "Accepted, and not looked at; so the secret", .example = R"("web")"},
    {.field = "client_secret", .secret = true, .example = R"("none")"},
});

template <>
inline constexpr auto rules<auth::TokenPair> = std::to_array<Rule>({
    {.field = "access_token", .example = example_token},
    {.field = "refresh_token", .example = example_token},
    {.field = "token_type", .example = R"("bearer")"},
});

template <>
inline constexpr auto rules<auth::SessionResponse> = std::to_array<Rule>({
    {.field = "jti", .example = R"("0c2f6f0e-6d0b-4f9d-8a50-5d4f4f6a2f11")"},
    {.field = "address", .example = R"("192.0.2.7")"},
    {.field = "user_agent", .example = R"("Mozilla/5.0")"},
    {.field = "current", .description = "Whether the request's own token belongs to it"},
});

}  // namespace nassaq::schema
