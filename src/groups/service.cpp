#include "groups/service.hpp"

#include <fmt/format.h>

#include "api/guard.hpp"
#include "audit/audit.hpp"
#include "groups/membership.hpp"
#include "groups/store.hpp"
#include "users/store.hpp"

namespace nassaq::groups {
namespace {

using api::refuse;
using api::Result;
using audit::Action;

/// Changes of one group come one after the other.
db::Lock lock_of_group(std::int64_t group_id) {
    return {.name = fmt::format("group {}", group_id)};
}

Result<GroupResponse> require_group(db::Session& session, std::int64_t group_id) {
    auto group = find_group(session, group_id);
    if (!group) {
        return refuse(RefusalCode::group_not_found, "Group not found");
    }
    return std::move(*group);
}

/// All are in everybody's, and there has to be one.
Result<GroupResponse> require_changeable(db::Session& session, std::int64_t group_id) {
    auto group = require_group(session, group_id);
    if (group && group->is_everyone) {
        return refuse(RefusalCode::group_is_everyone, "The group of everybody cannot be changed.");
    }
    return group;
}

std::unexpected<api::Refusal> refuse_taken(const std::string& name) {
    return refuse(RefusalCode::group_exists, fmt::format("Group '{}' already exists.", name));
}

Result<> require_user(db::Session& session, std::int64_t user_id) {
    if (!users::find_user(session, user_id)) {
        return refuse(RefusalCode::user_not_found, "User not found");
    }
    return {};
}

/// Runs `change(session, group)` on one that may be changed.
template <class Change>
Result<> change_group(Services& services, const api::Caller& admin, std::int64_t group_id, Change change) {
    return api::transact(services.database, admin, std::vector{lock_of_group(group_id)},
                         [&](db::Session& session, const api::Caller&) -> Result<> {
                             const auto group = require_changeable(session, group_id);
                             return group ? change(session, *group) : std::unexpected(group.error());
                         });
}

}  // namespace

Result<GroupResponse> create_group(Services& services, const api::Caller& admin, const CreateGroup& request) {
    return api::transact(services.database, admin,
                         [&](db::Session& session, const api::Caller&) -> Result<GroupResponse> {
                             const auto group_id = insert_group(session, request);
                             if (!group_id) {
                                 return refuse_taken(request.group_name);
                             }
                             audit::record(session, Action::group_create, admin.user_id, *group_id, request.group_name);
                             return require_group(session, *group_id);
                         });
}

Result<GroupResponse> update_group(Services& services, const api::Caller& admin, std::int64_t group_id,
                                   const UpdateGroup& request) {
    if (!request.group_name && !request.description.present) {
        return refuse(RefusalCode::no_fields_to_update, "No fields to update");
    }
    Result<GroupResponse> updated;
    const auto changed =
        change_group(services, admin, group_id, [&](db::Session& session, const GroupResponse& group) -> Result<> {
            if (!groups::update_group(session, group_id, request)) {
                return refuse_taken(request.group_name.value_or(group.group_name));
            }
            updated = require_group(session, group_id);
            audit::record(session, Action::group_update, admin.user_id, group_id,
                          fmt::format("{} -> {}", group.group_name, request.group_name.value_or(group.group_name)));
            return {};
        });
    return changed ? updated : std::unexpected(changed.error());
}

Result<> delete_group(Services& services, const api::Caller& admin, std::int64_t group_id) {
    return change_group(services, admin, group_id, [&](db::Session& session, const GroupResponse& group) -> Result<> {
        remove_group(session, group_id);
        audit::record(session, Action::group_delete, admin.user_id, group_id, group.group_name);
        return {};
    });
}

Result<std::vector<MemberResponse>> read_members(Services& services, std::int64_t group_id, const PageQuery& query) {
    return services.database.read([&](db::Session& session) -> Result<std::vector<MemberResponse>> {
        if (auto group = require_group(session, group_id); !group) {
            return std::unexpected(group.error());
        }
        return list_members(session, group_id, {.skip = query.skip, .limit = query.limit});
    });
}

Result<> add_to_group(db::Session& transaction, const api::Caller& admin, std::int64_t group_id, std::int64_t user_id) {
    const auto group = require_changeable(transaction, group_id);
    if (!group) {
        return std::unexpected(group.error());
    }
    if (add_member(transaction, group_id, user_id)) {
        audit::record(transaction, Action::group_member_add, admin.user_id, user_id, group->group_name);
    }
    return {};
}

Result<> put_member(Services& services, const api::Caller& admin, std::int64_t group_id, std::int64_t user_id) {
    return change_group(services, admin, group_id, [&](db::Session& session, const GroupResponse& group) -> Result<> {
        auto user = require_user(session, user_id);
        return user ? add_to_group(session, admin, group.group_id, user_id) : user;
    });
}

Result<> take_member(Services& services, const api::Caller& admin, std::int64_t group_id, std::int64_t user_id) {
    return change_group(services, admin, group_id, [&](db::Session& session, const GroupResponse& group) -> Result<> {
        if (!remove_member(session, group_id, user_id)) {
            return refuse(RefusalCode::member_not_found, "The group does not have this member.");
        }
        audit::record(session, Action::group_member_remove, admin.user_id, user_id, group.group_name);
        return {};
    });
}

}  // namespace nassaq::groups
