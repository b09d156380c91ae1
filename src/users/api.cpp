#include "users/api.hpp"

#include <vector>

#include "users/model.hpp"
#include "users/service.hpp"
#include "users/store.hpp"

namespace nassaq::users {
namespace {

using api::Body;
using api::Caller;
using api::Level;
using api::Path;
using api::Query;
using api::Services;

std::vector<UserResponse> get_users(Services& services, Query<ListUsers> query) {
    return services.database.read([&](db::Session& session) {
        return list_users(session, query->is_active, {.skip = query->skip, .limit = query->limit});
    });
}

std::vector<UserResponse> get_pending_users(Services& services, Query<ListPendingUsers> query) {
    return services.database.read(
        [&](db::Session& session) { return list_users(session, false, {.skip = 0, .limit = query->limit}); });
}

UserResponse get_me(const Caller& caller) {
    return {.user_id = caller.user_id,
            .full_name = caller.full_name,
            .email = caller.email,
            .username = caller.username,
            .role = caller.role,
            .is_active = caller.is_active,
            .created_at = caller.created_at};
}

UserResponse patch_me(Services& services, const Caller& caller, Body<UpdateMe> body) {
    return update_me(services, caller, *body);
}

UserResponse patch_user(Services& services, const Caller& admin, Path<"user_id"> user_id, Body<UpdateUser> body) {
    return update_user(services, admin, user_id, *body);
}

UserResponse patch_activate(Services& services, const Caller& admin, const http::Request& request,
                            Path<"user_id"> user_id) {
    if (request.has_unread_body) {
        throw http::Problem(400, "Request body is not allowed for this endpoint.");
    }
    return activate_user(services, admin, user_id);
}

void remove(Services& services, const Caller& admin, Path<"user_id"> user_id) {
    delete_user(services, admin, user_id);
}

constexpr auto table = std::to_array<api::Route>({
    api::route<get_users>("GET", "/users/", Level::admin, {.summary = "List users, oldest first"}),
    api::route<get_pending_users>("GET", "/users/pending", Level::admin,
                                  {.summary = "List users who wait to be activated"}),
    api::route<get_me>("GET", "/users/me", Level::current_user, {.summary = "Who am I", .is_remembered = true}),
    api::route<patch_me>("PATCH", "/users/me", Level::active_user,
                         {.summary = "Change my name or user name",
                          .problems = {{400, "No fields to update"}, {400, "Username already exists"}}}),
    api::route<patch_user>("PATCH", "/users/{user_id}", Level::admin,
                           {.summary = "Change a user",
                            .problems = {{404, "User not found"},
                                         {400, "No fields to update"},
                                         {400, "Username or email already exists"},
                                         {400, "Role with id 7 does not exist"},
                                         {400, "At least one active administrator is required."}}}),
    api::route<patch_activate>(
        "PATCH", "/users/{user_id}/activate", Level::admin,
        {.summary = "Activate a user",
         .problems = {{400, "Request body is not allowed for this endpoint."}, {404, "User not found"}}}),
    api::route<remove>("DELETE", "/users/{user_id}", Level::admin,
                       {.status = 204,
                        .summary = "Delete a user who has no documents",
                        .problems = {{400, "Cannot delete your own account."},
                                     {400, "Cannot delete user: related records exist."},
                                     {400, "At least one active administrator is required."},
                                     {404, "User not found"}}}),
});

}  // namespace

api::RouteTable routes() {
    return {"users", table};
}

}  // namespace nassaq::users
