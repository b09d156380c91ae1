#pragma once

#include <cstdint>
#include <vector>

#include "api/caller.hpp"
#include "api/refusal.hpp"
#include "groups/model.hpp"
#include "groups/services.hpp"

/// The rules about groups, which are an administrator's. Each change is one transaction.
namespace nassaq::groups {

api::Result<GroupResponse> create_group(Services& services, const api::Caller& admin, const CreateGroup& request);
api::Result<GroupResponse> update_group(Services& services, const api::Caller& admin, std::int64_t group_id,
                                        const UpdateGroup& request);
api::Result<> delete_group(Services& services, const api::Caller& admin, std::int64_t group_id);

api::Result<std::vector<MemberResponse>> read_members(Services& services, std::int64_t group_id,
                                                      const PageQuery& query);
/// Whoever is in it already stays so.
api::Result<> put_member(Services& services, const api::Caller& admin, std::int64_t group_id, std::int64_t user_id);
api::Result<> take_member(Services& services, const api::Caller& admin, std::int64_t group_id, std::int64_t user_id);

}  // namespace nassaq::groups
