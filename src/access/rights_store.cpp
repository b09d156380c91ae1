#include "access/rights_store.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "access/audiences.hpp"

namespace nassaq::access {
namespace {

/// An entry, or, with a place of kind "role", an action that the person's role has.
struct RightsRow {
    std::string place_kind;
    std::int64_t place_id = 0;
    std::optional<std::string> full_path;
    std::string action_name;
    bool is_allowed = false;
    bool is_persons = false;
};
BOOST_DESCRIBE_STRUCT(RightsRow, (), (place_kind, place_id, full_path, action_name, is_allowed, is_persons))

/// With numbers for what is true, which the databases have no common word for. Entries of folders that are gone say
/// nothing. Those that the platform has derived from others are not believed.
constexpr std::string_view select_rights =
    "SELECT 'role' AS place_kind, 0 AS place_id, NULL AS full_path, a.action_name, 1 AS is_allowed, 0 AS is_persons "
    "FROM Role_Actions r JOIN Actions a ON a.action_id = r.action_id WHERE r.role_id = ? "
    "UNION ALL SELECT LOWER(p.entity_type), p.entity_id, v.full_path, a.action_name, CASE WHEN p.is_allowed = ? THEN 1 "
    "ELSE 0 END, 1 "
    "FROM Individual_Permissions p JOIN Actions a ON a.action_id = p.action_id "
    "LEFT JOIN Virtual_Paths v ON LOWER(p.entity_type) = 'path' AND v.path_id = p.entity_id "
    "WHERE p.user_id = ? AND p.is_inherited = ? "
    "UNION ALL SELECT g.entity_type, g.entity_id, v.full_path, a.action_name, CASE WHEN g.is_allowed = ? THEN 1 "
    "ELSE 0 END, 0 "
    "FROM Group_Permissions g JOIN Actions a ON a.action_id = g.action_id "
    "LEFT JOIN Virtual_Paths v ON g.entity_type = 'path' AND v.path_id = g.entity_id "
    "WHERE g.group_id IN (SELECT u.group_id FROM User_Groups u WHERE u.is_everyone = ? "
    "UNION ALL SELECT m.group_id FROM Group_Members m WHERE m.user_id = ?)";

std::optional<Entry> to_entry(RightsRow row, Action action) {
    Entry entry{.doc_id = {},
                .full_path = std::move(row.full_path).value_or(""),
                .action = action,
                .is_allowed = row.is_allowed,
                .is_persons = row.is_persons};
    if (row.place_kind == "document") {
        entry.doc_id = row.place_id;
    } else if (row.place_kind != "path" || entry.full_path.empty()) {
        return std::nullopt;
    }
    return entry;
}

}  // namespace

/// On SQL Server a trigger counts no inserts into the platform's tables (migration 0039), but their ids rise. The
/// factor is larger than what the highest id may fall by when rows go.
std::string version_columns(db::Dialect dialect) {
    if (dialect != db::Dialect::mssql) return "v.entries, v.folders";
    return "v.entries * 1000000007 + (SELECT COALESCE(MAX(permission_id), 0) FROM Individual_Permissions) + "
           "(SELECT COALESCE(MAX(role_action_id), 0) FROM Role_Actions), "
           "v.folders * 1000000007 + (SELECT COALESCE(MAX(path_id), 0) FROM Virtual_Paths)";
}

Rights read_rights(db::Session& session, const Person& person) {
    if (person.is_admin) return {person, ActionSet::all(), {}};
    ActionSet of_role;
    std::vector<Entry> entries;
    const auto take = [&](RightsRow row) {
        const auto action = find_action(row.action_name);
        if (!action) return;
        if (row.place_kind == "role") {
            of_role.add(*action);
        } else if (auto entry = to_entry(std::move(row), *action)) {
            entries.push_back(std::move(*entry));
        }
    };
    session.visit<RightsRow>(select_rights, take, person.role_id, true, person.user_id, false, true, true,
                             person.user_id);
    // A role of which nothing is said here may do all.
    return {person, of_role.is_empty() ? ActionSet::all() : of_role, entries};
}

std::shared_ptr<const Reach> reach_of(db::Session& session, const Rights& rights) {
    return rights.reach([&] {
        return Folders{.all = session.query<Folder>("SELECT path_id, full_path FROM Virtual_Paths"),
                       .governing = read_governing_folders(session)};
    });
}

}  // namespace nassaq::access
