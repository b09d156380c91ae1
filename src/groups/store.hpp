#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "db/session.hpp"
#include "groups/model.hpp"

/// The SQL of User_Groups and Group_Members. Removing a group takes its members and permissions with it.
namespace nassaq::groups {

struct NameTaken {};

/// Everybody's group first, then by name.
std::vector<GroupResponse> list_groups(db::Session& session, db::Paging page);
std::optional<GroupResponse> find_group(db::Session& session, std::int64_t group_id);
std::expected<std::int64_t, NameTaken> insert_group(db::Session& session, const CreateGroup& group);
std::expected<void, NameTaken> update_group(db::Session& session, std::int64_t group_id, const UpdateGroup& changes);
void remove_group(db::Session& session, std::int64_t group_id);

std::vector<MemberResponse> list_members(db::Session& session, std::int64_t group_id, db::Paging page);
/// @return false when they are in it already.
bool add_member(db::Session& session, std::int64_t group_id, std::int64_t user_id);
/// @return false when they are not in it.
bool remove_member(db::Session& session, std::int64_t group_id, std::int64_t user_id);

}  // namespace nassaq::groups
