#include "groups/api.hpp"

#include <vector>

#include "groups/model.hpp"
#include "groups/service.hpp"
#include "groups/store.hpp"

namespace nassaq::groups {
namespace {

using api::Body;
using api::Caller;
using api::Level;
using api::Path;
using api::Query;
using api::Result;

std::vector<GroupResponse> get_groups(Services& services, Query<PageQuery> query) {
    return services.database.read(
        [&](db::Session& session) { return list_groups(session, {.skip = query->skip, .limit = query->limit}); });
}

Result<GroupResponse> post_group(Services& services, const Caller& admin, Body<CreateGroup> body) {
    return create_group(services, admin, *body);
}

Result<GroupResponse> patch_group(Services& services, const Caller& admin, Path<"group_id"> group_id,
                                  Body<UpdateGroup> body) {
    return update_group(services, admin, group_id, *body);
}

Result<> remove(Services& services, const Caller& admin, Path<"group_id"> group_id) {
    return delete_group(services, admin, group_id);
}

Result<std::vector<MemberResponse>> get_members(Services& services, Path<"group_id"> group_id, Query<PageQuery> query) {
    return read_members(services, group_id, query.value);
}

Result<> put_in(Services& services, const Caller& admin, Path<"group_id"> group_id, Path<"user_id"> user_id) {
    return put_member(services, admin, group_id, user_id);
}

Result<> take_out(Services& services, const Caller& admin, Path<"group_id"> group_id, Path<"user_id"> user_id) {
    return take_member(services, admin, group_id, user_id);
}

constexpr api::DocumentedProblem not_found{RefusalCode::group_not_found, "Group not found"};
constexpr api::DocumentedProblem everyone{RefusalCode::group_is_everyone, "The group of everybody cannot be changed."};
constexpr api::DocumentedProblem exists{RefusalCode::group_exists, "Group 'Legal department' already exists."};

constexpr auto table = std::to_array<api::FeatureRoute<Services>>({
    api::route<Services, get_groups>("GET", "/groups/", Level::admin,
                                     {.summary = "List groups, everybody's first, then by name"}),
    api::route<Services, post_group>("POST", "/groups/", Level::admin,
                                     {.status = 201, .summary = "Create a group", .problems = {exists}}),
    api::route<Services, patch_group>(
        "PATCH", "/groups/{group_id}", Level::admin,
        {.summary = "Rename or describe a group",
         .problems = {not_found, {RefusalCode::no_fields_to_update, "No fields to update"}, everyone, exists}}),
    api::route<Services, remove>("DELETE", "/groups/{group_id}", Level::admin,
                                 {.status = 204,
                                  .summary = "Delete a group",
                                  .description = "What was allowed or denied to it counts no more.",
                                  .problems = {not_found, everyone}}),
    api::route<Services, get_members>("GET", "/groups/{group_id}/members", Level::admin,
                                      {.summary = "List the members of a group", .problems = {not_found}}),
    api::route<Services, put_in>("PUT", "/groups/{group_id}/members/{user_id}", Level::admin,
                                 {.status = 204,
                                  .summary = "Put somebody into a group",
                                  .problems = {not_found, everyone, {RefusalCode::user_not_found, "User not found"}}}),
    api::route<Services, take_out>(
        "DELETE", "/groups/{group_id}/members/{user_id}", Level::admin,
        {.status = 204,
         .summary = "Take somebody out of a group",
         .problems = {not_found, everyone, {RefusalCode::member_not_found, "The group does not have this member."}}}),
});

}  // namespace

api::RouteTable<Services> routes() {
    return {"groups", table};
}

}  // namespace nassaq::groups
