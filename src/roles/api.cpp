#include "roles/api.hpp"

#include <vector>

#include "roles/model.hpp"

namespace nassaq::roles {
namespace {

using api::Level;

std::vector<RoleResponse> list_roles(Services& services) {
    return services.database.read([](db::Session& session) {
        return session.query<RoleResponse>("SELECT role_id, role_name, description FROM Roles ORDER BY role_id");
    });
}

constexpr auto table = std::to_array<api::FeatureRoute<Services>>({
    api::route<Services, list_roles>("GET", "/roles/", Level::active_user,
                                     {.summary = "List the roles a user can have", .is_remembered = true}),
});

}  // namespace

api::RouteTable<Services> routes() {
    return {"roles", table};
}

}  // namespace nassaq::roles
