#include "quotas/api.hpp"

#include "quotas/model.hpp"
#include "quotas/service.hpp"

namespace nassaq::quotas {
namespace {

using api::Body;
using api::Caller;
using api::Level;
using api::Path;
using api::Result;

Result<UsageResponse> get_my_usage(Services& services, const Caller& caller) {
    return read_usage(services, caller.user_id);
}

Result<UserQuotaResponse> get_user_quota(Services& services, Path<"user_id"> user_id) {
    return read_user_quota(services, user_id);
}

Result<UserQuotaResponse> put_user_quota(Services& services, const Caller& admin, Path<"user_id"> user_id,
                                         Body<QuotaRequest> body) {
    return set_user_quota(services, admin, user_id, *body);
}

Result<RoleQuotaResponse> get_role_quota(Services& services, Path<"role_id"> role_id) {
    return read_role_quota(services, role_id);
}

Result<RoleQuotaResponse> put_role_quota(Services& services, const Caller& admin, Path<"role_id"> role_id,
                                         Body<QuotaRequest> body) {
    return set_role_quota(services, admin, role_id, *body);
}

constexpr auto table = std::to_array<api::FeatureRoute<Services>>({
    api::route<Services, get_my_usage>("GET", "/users/me/usage", Level::active_user,
                                       {.summary = "How much I have, and may have"}),
    api::route<Services, get_user_quota>("GET", "/users/{user_id}/quota", Level::admin,
                                         {.summary = "The quota of a user, and what of it is used",
                                          .problems = {{RefusalCode::user_not_found, "User not found"}}}),
    api::route<Services, put_user_quota>(
        "PUT", "/users/{user_id}/quota",
        Level::admin,
        {.summary = "Set the quota of a user",
         .description = "As a whole: a number that is left out, or null, is the role's or the server's; 0 is no limit.",
         .problems = {{RefusalCode::user_not_found, "User not found"}}}),
    api::route<Services, get_role_quota>("GET", "/roles/{role_id}/quota", Level::admin,
                                         {.summary = "The quota of each user of a role",
                                          .problems = {{RefusalCode::role_not_found, "Role not found"}}}),
    api::route<Services, put_role_quota>(
        "PUT", "/roles/{role_id}/quota",
        Level::admin,
        {.summary = "Set the quota of each user of a role who has none of their own",
         .description = "As a whole: a number that is left out, or null, is the server's; 0 is no limit.",
         .problems = {{RefusalCode::role_not_found, "Role not found"}}}),
});

}  // namespace

api::RouteTable<Services> routes() {
    return {"quotas", table};
}

}  // namespace nassaq::quotas
