#pragma once

#include <array>
#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/action.hpp"
#include "schema/rule.hpp"

namespace nassaq::permissions {

/// The names that an entry may have in its lists.
inline constexpr auto action_names = [] {
    std::array<std::string_view, access::all_actions.size()> names;
    for (std::size_t i = 0; i < names.size(); ++i) names[i] = access::all_actions[i].name;
    return names;
}();

/// What is said to one person or one group.
struct EntryRequest {
    std::optional<std::int64_t> user_id;
    std::optional<std::int64_t> group_id;
    std::vector<std::string> allow;
    std::vector<std::string> deny;
};
BOOST_DESCRIBE_STRUCT(EntryRequest, (), (user_id, group_id, allow, deny))

/// All that is said at a document or a path, as a whole.
struct AccessRequest {
    std::vector<EntryRequest> entries;
};
BOOST_DESCRIBE_STRUCT(AccessRequest, (), (entries))

struct AccessEntry {
    std::optional<std::int64_t> user_id;
    std::optional<std::int64_t> group_id;
    std::string name;  ///< The person's, or the group's.
    std::vector<std::string> allow;
    std::vector<std::string> deny;
};
BOOST_DESCRIBE_STRUCT(AccessEntry, (), (user_id, group_id, name, allow, deny))

struct InheritedEntries {
    std::int64_t path_id = 0;
    std::string path;
    std::vector<AccessEntry> entries;
};
BOOST_DESCRIBE_STRUCT(InheritedEntries, (), (path_id, path, entries))

struct AccessResponse {
    std::vector<AccessEntry> entries;
    std::vector<InheritedEntries> inherited;  ///< From the nearest path on upwards.
};
BOOST_DESCRIBE_STRUCT(AccessResponse, (), (entries, inherited))

/// The entry that has decided.
struct DecidingEntry {
    std::optional<std::int64_t> doc_id;
    std::optional<std::string> path;
    std::optional<std::int64_t> user_id;
    std::optional<std::int64_t> group_id;
    std::string name;
};
BOOST_DESCRIBE_STRUCT(DecidingEntry, (), (doc_id, path, user_id, group_id, name))

struct ActionExplanation {
    std::string action;
    bool is_allowed = false;
    std::string because;
    std::optional<DecidingEntry> entry;
};
BOOST_DESCRIBE_STRUCT(ActionExplanation, (), (action, is_allowed, because, entry))

struct AccessExplanation {
    std::int64_t user_id = 0;
    std::string full_name;
    std::vector<ActionExplanation> actions;
};
BOOST_DESCRIBE_STRUCT(AccessExplanation, (), (user_id, full_name, actions))

struct PageQuery {
    std::int64_t skip = 0;
    std::int64_t limit = 20;
};
BOOST_DESCRIBE_STRUCT(PageQuery, (), (skip, limit))

/// An entry to somebody or to a group of theirs, wherever it is.
struct UserPermission {
    std::string action;
    bool is_allowed = false;
    std::optional<std::int64_t> doc_id;
    std::optional<std::int64_t> path_id;
    std::string name;  ///< The document's, or the path.
    std::optional<std::int64_t> group_id;
    std::optional<std::string> group_name;
};
BOOST_DESCRIBE_STRUCT(UserPermission, (), (action, is_allowed, doc_id, path_id, name, group_id, group_name))

struct UserPermissions {
    std::int64_t total = 0;
    std::vector<UserPermission> items;
};
BOOST_DESCRIBE_STRUCT(UserPermissions, (), (total, items))

}  // namespace nassaq::permissions

namespace nassaq::schema {

template <>
inline constexpr auto rules<permissions::PageQuery> = std::to_array<Rule>({
    {.field = "skip", .min = 0, .max = largest_integer, .defaulted = true},
    {.field = "limit", .min = 1, .max = 100, .defaulted = true},
});

template <>
inline constexpr bool forbids_extra_fields<permissions::AccessRequest> = true;

template <>
inline constexpr bool forbids_extra_fields<permissions::EntryRequest> = true;

template <>
inline constexpr auto rules<permissions::AccessRequest> = std::to_array<Rule>({
    {.field = "entries", .max = 1000, .description = "All of them: what is not named is taken away"},
});

template <>
inline constexpr auto rules<permissions::EntryRequest> = std::to_array<Rule>({
    {.field = "user_id", .description = "Whom it is said to; or else", .example = "7"},
    {.field = "group_id", .description = "a group", .example = "3"},
    {.field = "allow",
     .max = 9,
     .defaulted = true,
     .one_of = permissions::action_names,
     .example = R"(["document.read"])"},
    {.field = "deny", .max = 9, .defaulted = true, .one_of = permissions::action_names, .example = "[]"},
});

template <>
inline constexpr auto rules<permissions::AccessEntry> = std::to_array<Rule>({
    {.field = "user_id", .example = "7"},
    {.field = "group_id", .example = "3"},
    {.field = "name", .example = R"("Layla Haddad")"},
    {.field = "allow", .example = R"(["document.read"])"},
    {.field = "deny", .example = R"(["document.delete"])"},
});

template <>
inline constexpr auto rules<permissions::InheritedEntries> = std::to_array<Rule>({
    {.field = "path_id", .example = "3"},
    {.field = "path", .example = R"("contracts")"},
});

template <>
inline constexpr auto rules<permissions::DecidingEntry> = std::to_array<Rule>({
    {.field = "doc_id", .description = "Where it is: at this document, or at the path", .example = "12"},
    {.field = "user_id", .example = "7"},
    {.field = "group_id", .example = "3"},
    {.field = "path", .example = R"("contracts")"},
    {.field = "name",
     .description = "Of the person or the group that it is said to",
     .example = R"("Legal department")"},
});

template <>
inline constexpr auto rules<permissions::ActionExplanation> = std::to_array<Rule>({
    {.field = "action", .example = R"("document.read")"},
    {.field = "because",
     .description = "administrator, role (which does not have the action), owner, entry, nothing (no entry says so) or "
                    "inactive (the account is)",
     .example = R"("entry")"},
});

template <>
inline constexpr auto rules<permissions::AccessExplanation> = std::to_array<Rule>({
    {.field = "user_id", .example = "7"},
    {.field = "full_name", .example = R"("Layla Haddad")"},
});

template <>
inline constexpr auto rules<permissions::UserPermission> = std::to_array<Rule>({
    {.field = "action", .example = R"("document.read")"},
    {.field = "doc_id", .example = "12"},
    {.field = "path_id", .example = "3"},
    {.field = "group_id", .example = "3"},
    {.field = "name", .description = "The document's, or the path", .example = R"("contracts")"},
    {.field = "group_name", .description = "Where it is said to a group of theirs", .example = R"("Legal department")"},
});

template <>
inline constexpr auto rules<permissions::UserPermissions> = std::to_array<Rule>({
    {.field = "total", .example = "1"},
});

}  // namespace nassaq::schema
