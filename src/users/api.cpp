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
using api::Result;

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

Result<UserResponse> patch_me(Services& services, const Caller& caller, Body<UpdateMe> body) {
    return update_me(services, caller, *body);
}

Result<UserResponse> patch_user(Services& services, const Caller& admin, Path<"user_id"> user_id,
                                Body<UpdateUser> body) {
    return update_user(services, admin, user_id, *body);
}

Result<UserResponse> patch_activate(Services& services, const Caller& admin, const http::Request& request,
                                    Path<"user_id"> user_id) {
    if (request.has_unread_body) {
        return api::refuse(RefusalCode::body_not_allowed, "Request body is not allowed for this endpoint.");
    }
    return activate_user(services, admin, user_id);
}

Result<> remove(Services& services, const Caller& admin, Path<"user_id"> user_id) {
    return delete_user(services, admin, user_id);
}

constexpr auto table = std::to_array<api::FeatureRoute<Services>>({
    api::route<Services, get_users>("GET", "/users/", Level::admin, {.summary = "List users, oldest first"}),
    api::route<Services, get_pending_users>("GET", "/users/pending", Level::admin,
                                            {.summary = "List users who wait to be activated"}),
    api::route<Services, get_me>("GET", "/users/me", Level::current_user,
                                 {.summary = "Who am I", .is_remembered = true}),
    api::route<Services, patch_me>("PATCH", "/users/me", Level::active_user,
                                   {.summary = "Change my name or user name",
                                    .problems = {{RefusalCode::no_fields_to_update, "No fields to update"},
                                                 {RefusalCode::username_taken, "Username already exists"}}}),
    api::route<Services, patch_user>(
        "PATCH", "/users/{user_id}",
        Level::admin,
        {.summary = "Change a user",
         .problems = {{RefusalCode::user_not_found, "User not found"},
                      {RefusalCode::no_fields_to_update, "No fields to update"},
                      {RefusalCode::username_or_email_taken, "Username or email already exists"},
                      {RefusalCode::role_unknown, "Role with id 7 does not exist"},
                      {RefusalCode::last_administrator, "At least one active administrator is required."}}}),
    api::route<Services, patch_activate>(
        "PATCH", "/users/{user_id}/activate", Level::admin,
        {.summary = "Activate a user",
         .problems = {{RefusalCode::body_not_allowed, "Request body is not allowed for this endpoint."},
                      {RefusalCode::user_not_found, "User not found"}}}),
    api::route<Services, remove>(
        "DELETE", "/users/{user_id}", Level::admin,
        {.status = 204,
         .summary = "Delete a user who has no documents",
         .problems = {{RefusalCode::own_account, "Cannot delete your own account."},
                      {RefusalCode::user_has_records, "Cannot delete user: related records exist."},
                      {RefusalCode::last_administrator, "At least one active administrator is required."},
                      {RefusalCode::user_not_found, "User not found"}}}),
});

}  // namespace

api::RouteTable<Services> routes() {
    return {"users", table};
}

}  // namespace nassaq::users
