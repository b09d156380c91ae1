#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "schema/rule.hpp"

namespace nassaq::users {

/// Puts a person's name in order: each word capitalised, one space between two, nothing that cannot be seen.
std::optional<std::string> tidy_full_name(std::string& name);
/// A user name is told apart by its letters: what cannot be seen in it is refused.
std::optional<std::string> check_username(std::string& name);

struct UserResponse {
    std::int64_t user_id = 0;
    std::string full_name;
    std::string email;
    std::string username;
    std::optional<std::string> role;
    bool is_active = false;
    Timestamp created_at;
};
BOOST_DESCRIBE_STRUCT(UserResponse, (), (user_id, full_name, email, username, role, is_active, created_at))

struct ListUsers {
    std::int64_t skip = 0;
    std::int64_t limit = 20;
    std::optional<bool> is_active;
};
BOOST_DESCRIBE_STRUCT(ListUsers, (), (skip, limit, is_active))

struct ListPendingUsers {
    std::int64_t limit = 20;
};
BOOST_DESCRIBE_STRUCT(ListPendingUsers, (), (limit))

struct UpdateMe {
    std::optional<std::string> full_name;
    std::optional<std::string> username;
};
BOOST_DESCRIBE_STRUCT(UpdateMe, (), (full_name, username))

struct UpdateUser {
    std::optional<std::string> full_name;
    std::optional<std::string> email;
    std::optional<std::string> username;
    schema::Patch<std::int64_t> role_id;
    std::optional<bool> is_active;
};
BOOST_DESCRIBE_STRUCT(UpdateUser, (), (full_name, email, username, role_id, is_active))

}  // namespace nassaq::users

namespace nassaq::schema {

template <>
inline constexpr auto rules<users::ListUsers> = std::to_array<Rule>({
    {.field = "skip", .min = 0, .max = largest_integer, .defaulted = true},
    {.field = "limit", .min = 1, .max = 100, .defaulted = true},
});

template <>
inline constexpr auto rules<users::ListPendingUsers> = std::to_array<Rule>({
    {.field = "limit", .min = 1, .max = 50, .defaulted = true},
});

template <>
inline constexpr auto rules<users::UpdateMe> = std::to_array<Rule>({
    {.field = "full_name", .min = 6, .max = 60, .check = users::tidy_full_name, .example = R"("Layla Haddad")"},
    {.field = "username", .min = 3, .max = 20, .check = users::check_username, .example = R"("layla")"},
});

template <>
inline constexpr bool forbids_extra_fields<users::UpdateUser> = true;

template <>
inline constexpr auto rules<users::UpdateUser> = std::to_array<Rule>({
    {.field = "full_name", .min = 6, .max = 60, .check = users::tidy_full_name, .example = R"("Layla Haddad")"},
    {.field = "email", .max = 50, .format = Format::email, .example = R"("layla@example.com")"},
    {.field = "username", .min = 3, .max = 20, .check = users::check_username, .example = R"("layla")"},
    {.field = "role_id", .description = "1 is User, 99 is Admin; null takes the role away", .example = "1"},
});

template <>
inline constexpr auto rules<users::UserResponse> = std::to_array<Rule>({
    {.field = "user_id", .example = "7"},
    {.field = "full_name", .example = R"("Layla Haddad")"},
    {.field = "email", .example = R"("layla@example.com")"},
    {.field = "username", .example = R"("layla")"},
    {.field = "role", .description = "A name of GET /roles/; null without a role", .example = R"("User")"},
});

}  // namespace nassaq::schema
