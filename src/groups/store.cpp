#include "groups/store.hpp"

namespace nassaq::groups {
namespace {

constexpr std::string_view select_groups =
    "SELECT g.group_id, g.group_name, g.description, g.is_everyone, "
    "(SELECT COUNT(*) FROM Group_Members m WHERE m.group_id = g.group_id), g.created_at FROM User_Groups g ";

/// Runs what writes a group's name.
template <class Write>
auto unless_taken(Write write) -> std::expected<std::invoke_result_t<Write&>, NameTaken> {
    try {
        if constexpr (std::is_void_v<std::invoke_result_t<Write&>>) {
            write();
            return {};
        } else {
            return write();
        }
    } catch (const db::Error& error) {
        if (error.kind() != db::ErrorKind::unique_violation) {
            throw;
        }
        return std::unexpected(NameTaken());
    }
}

}  // namespace

std::vector<GroupResponse> list_groups(db::Session& session, db::Paging page) {
    return session.query_page<GroupResponse>(
        std::string(select_groups) + "ORDER BY g.is_everyone DESC, g.group_name, g.group_id", page);
}

std::optional<GroupResponse> find_group(db::Session& session, std::int64_t group_id) {
    return session.find<GroupResponse>(std::string(select_groups) + "WHERE g.group_id = ?", group_id);
}

std::expected<std::int64_t, NameTaken> insert_group(db::Session& session, const CreateGroup& group) {
    return unless_taken([&] {
        return session.insert(
            "User_Groups", "group_id",
            {{"group_name", group.group_name}, {"description", group.description}, {"created_at", now()}});
    });
}

std::expected<void, NameTaken> update_group(db::Session& session, std::int64_t group_id, const UpdateGroup& changes) {
    return unless_taken([&] {
        session.execute(
            "UPDATE User_Groups SET group_name = COALESCE(?, group_name), "
            "description = CASE WHEN ? = 1 THEN ? ELSE description END WHERE group_id = ?",
            changes.group_name, changes.description.present ? 1 : 0, changes.description.value, group_id);
    });
}

void remove_group(db::Session& session, std::int64_t group_id) {
    session.execute("DELETE FROM User_Groups WHERE group_id = ?", group_id);
}

std::vector<MemberResponse> list_members(db::Session& session, std::int64_t group_id, db::Paging page) {
    return session.query_page<MemberResponse>(
        "SELECT u.user_id, u.full_name, u.email, u.username, u.is_active FROM Group_Members m "
        "JOIN Users u ON u.user_id = m.user_id WHERE m.group_id = ? ORDER BY m.user_id",
        page, group_id);
}

bool add_member(db::Session& session, std::int64_t group_id, std::int64_t user_id) {
    return session.execute(
               "INSERT INTO Group_Members (group_id, user_id) SELECT g.group_id, u.user_id "
               "FROM User_Groups g CROSS JOIN Users u WHERE g.group_id = ? AND u.user_id = ? "
               "AND NOT EXISTS (SELECT 1 FROM Group_Members m WHERE m.group_id = g.group_id AND m.user_id = u.user_id)",
               group_id, user_id) > 0;
}

bool remove_member(db::Session& session, std::int64_t group_id, std::int64_t user_id) {
    return session.execute("DELETE FROM Group_Members WHERE group_id = ? AND user_id = ?", group_id, user_id) > 0;
}

}  // namespace nassaq::groups
