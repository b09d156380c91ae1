#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "schema/rule.hpp"

namespace nassaq::groups {

/// Puts a group's name in order: one space between two words, nothing that cannot be seen.
std::optional<std::string> tidy_group_name(std::string& name);

struct GroupResponse {
    std::int64_t group_id = 0;
    std::string group_name;
    std::optional<std::string> description;
    bool is_everyone = false;
    std::int64_t members = 0;
    Timestamp created_at;
};
BOOST_DESCRIBE_STRUCT(GroupResponse, (), (group_id, group_name, description, is_everyone, members, created_at))

struct MemberResponse {
    std::int64_t user_id = 0;
    std::string full_name;
    std::string email;
    std::string username;
    bool is_active = false;
};
BOOST_DESCRIBE_STRUCT(MemberResponse, (), (user_id, full_name, email, username, is_active))

struct PageQuery {
    std::int64_t skip = 0;
    std::int64_t limit = 20;
};
BOOST_DESCRIBE_STRUCT(PageQuery, (), (skip, limit))

struct CreateGroup {
    std::string group_name;
    std::optional<std::string> description;
};
BOOST_DESCRIBE_STRUCT(CreateGroup, (), (group_name, description))

struct UpdateGroup {
    std::optional<std::string> group_name;
    schema::Patch<std::string> description;
};
BOOST_DESCRIBE_STRUCT(UpdateGroup, (), (group_name, description))

}  // namespace nassaq::groups

namespace nassaq::schema {

template <>
inline constexpr auto rules<groups::PageQuery> = std::to_array<Rule>({
    {.field = "skip", .min = 0, .max = largest_integer, .defaulted = true},
    {.field = "limit", .min = 1, .max = 100, .defaulted = true},
});

template <>
inline constexpr bool forbids_extra_fields<groups::CreateGroup> = true;

template <>
inline constexpr bool forbids_extra_fields<groups::UpdateGroup> = true;

template <>
inline constexpr auto rules<groups::CreateGroup> = std::to_array<Rule>({
    {.field = "group_name", .min = 1, .max = 100, .check = groups::tidy_group_name, .example = R"("Legal department")"},
    {.field = "description", .max = 1000, .example = R"("Who works on contracts")"},
});

template <>
inline constexpr auto rules<groups::UpdateGroup> = std::to_array<Rule>({
    {.field = "group_name", .min = 1, .max = 100, .check = groups::tidy_group_name, .example = R"("Legal department")"},
    {.field = "description",
     .max = 1000,
     .description = "Null takes it away",
     .example = R"("Who works on contracts")"},
});

template <>
inline constexpr auto rules<groups::GroupResponse> = std::to_array<Rule>({
    {.field = "group_id", .example = "3"},
    {.field = "group_name", .example = R"("Legal department")"},
    {.field = "description", .example = R"("Who works on contracts")"},
    {.field = "is_everyone", .description = "Whether all who have an account are in it, without being listed"},
    {.field = "members", .description = "How many are listed", .example = "12"},
});

template <>
inline constexpr auto rules<groups::MemberResponse> = std::to_array<Rule>({
    {.field = "user_id", .example = "7"},
    {.field = "full_name", .example = R"("Layla Haddad")"},
    {.field = "email", .example = R"("layla@example.com")"},
    {.field = "username", .example = R"("layla")"},
});

}  // namespace nassaq::schema
