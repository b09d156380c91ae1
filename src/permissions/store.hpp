#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "access/entries.hpp"
#include "db/session.hpp"
#include "permissions/model.hpp"

/// The SQL of single entries of Individual_Permissions and Group_Permissions, as they are shown (access/entries.hpp
/// writes them). What the platform has derived from others (`is_inherited`) is not read.
namespace nassaq::permissions {

/// One action that is allowed or denied to one person or group.
struct EntryRow {
    std::int64_t place_id = 0;
    std::optional<std::int64_t> user_id;
    std::optional<std::int64_t> group_id;
    std::string name;  ///< Of whom it is said to.
    std::string action_name;
    bool is_allowed = false;
};
BOOST_DESCRIBE_STRUCT(EntryRow, (), (place_id, user_id, group_id, name, action_name, is_allowed))

/// Of one place; persons' first, in the order of their ids, and of the actions' names.
std::vector<EntryRow> list_entries(db::Session& session, const access::Place& place);

struct AncestorRow {
    std::int64_t path_id = 0;
    std::string full_path;
};
BOOST_DESCRIBE_STRUCT(AncestorRow, (), (path_id, full_path))

/// Those of the paths that there are, the longest first.
std::vector<AncestorRow> find_paths(db::Session& session, std::span<const std::string_view> full_paths);

/// The groups that somebody is in, everybody's among them.
std::vector<std::int64_t> list_groups_of(db::Session& session, std::int64_t user_id);
bool is_group(db::Session& session, std::int64_t group_id);

/// Whatever is said to somebody or to a group of theirs, where it is said of something that is there.
UserPermissions list_permissions(db::Session& session, std::int64_t user_id, db::Paging page);

}  // namespace nassaq::permissions
