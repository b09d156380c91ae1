#include "permissions/store.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace nassaq::permissions {
namespace {

/// The platform may write the kind as it likes.
constexpr std::string_view select_entries =
    "SELECT p.entity_id, p.user_id, NULL AS group_id, u.full_name, a.action_name, p.is_allowed, 0 AS is_groups "
    "FROM Individual_Permissions p JOIN Actions a ON a.action_id = p.action_id JOIN Users u ON u.user_id = p.user_id "
    "WHERE LOWER(p.entity_type) = ? AND p.entity_id = ? AND p.is_inherited = ? "
    "UNION ALL SELECT g.entity_id, NULL, g.group_id, n.group_name, a.action_name, g.is_allowed, 1 "
    "FROM Group_Permissions g JOIN Actions a ON a.action_id = g.action_id "
    "JOIN User_Groups n ON n.group_id = g.group_id WHERE g.entity_type = ? AND g.entity_id = ?";

/// What is said to a user, or to a group of theirs: the same three values for either.
constexpr std::string_view of_user =
    "FROM (SELECT p.permission_id, p.entity_type, p.entity_id, p.action_id, p.is_allowed, NULL AS group_id "
    "FROM Individual_Permissions p WHERE p.user_id = ? AND p.is_inherited = ? "
    "UNION ALL SELECT g.permission_id, g.entity_type, g.entity_id, g.action_id, g.is_allowed, g.group_id "
    "FROM Group_Permissions g WHERE g.group_id IN (SELECT e.group_id FROM User_Groups e WHERE e.is_everyone = ? "
    "UNION ALL SELECT m.group_id FROM Group_Members m WHERE m.user_id = ?)) AS p "
    "JOIN Actions a ON a.action_id = p.action_id "
    "LEFT JOIN User_Groups n ON n.group_id = p.group_id "
    "LEFT JOIN Documents d ON LOWER(p.entity_type) = 'document' AND d.doc_id = p.entity_id "
    "LEFT JOIN Virtual_Paths v ON LOWER(p.entity_type) = 'path' AND v.path_id = p.entity_id "
    "WHERE COALESCE(d.doc_id, v.path_id) IS NOT NULL ";

}  // namespace

std::vector<EntryRow> list_entries(db::Session& session, const access::Place& place) {
    return session.query<EntryRow>(
        fmt::format(
            "SELECT e.entity_id, e.user_id, e.group_id, e.full_name, e.action_name, e.is_allowed FROM ({}) AS e "
            "ORDER BY e.is_groups, e.user_id, e.group_id, e.action_name, e.is_allowed",
            select_entries),
        place.kind, place.id, false, place.kind, place.id);
}

std::vector<AncestorRow> find_paths(db::Session& session, std::span<const std::string_view> full_paths) {
    const std::vector<std::string_view> places(full_paths.size(), "?");
    const std::vector<db::Parameter> values(full_paths.begin(), full_paths.end());
    auto found = session.query_with<AncestorRow>(
        fmt::format("SELECT path_id, full_path FROM Virtual_Paths WHERE full_path IN ({})", fmt::join(places, ", ")),
        values);
    // The root's name is no shorter than others'.
    std::ranges::sort(found, [&](const AncestorRow& left, const AncestorRow& right) {
        return std::ranges::find(full_paths, left.full_path) < std::ranges::find(full_paths, right.full_path);
    });
    return found;
}

std::vector<std::int64_t> list_groups_of(db::Session& session, std::int64_t user_id) {
    return session.query<std::int64_t>(
        "SELECT g.group_id FROM User_Groups g WHERE g.is_everyone = ? "
        "UNION ALL SELECT m.group_id FROM Group_Members m WHERE m.user_id = ?",
        true, user_id);
}

bool is_group(db::Session& session, std::int64_t group_id) {
    return session.find<std::int64_t>("SELECT group_id FROM User_Groups WHERE group_id = ?", group_id).has_value();
}

UserPermissions list_permissions(db::Session& session, std::int64_t user_id, db::Paging page) {
    const std::string rows(of_user);
    return {.total = session.get<std::int64_t>("SELECT COUNT(*) " + rows, user_id, false, true, user_id),
            .items = session.query_page<UserPermission>(
                "SELECT a.action_name, p.is_allowed, d.doc_id, v.path_id, COALESCE(d.filename, v.full_path), "
                "p.group_id, n.group_name " +
                    rows + "ORDER BY CASE WHEN p.group_id IS NULL THEN 0 ELSE 1 END, p.group_id, p.permission_id",
                page, user_id, false, true, user_id)};
}

}  // namespace nassaq::permissions
