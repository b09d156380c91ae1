#include "paths/api.hpp"

#include <vector>

#include "paths/model.hpp"
#include "paths/service.hpp"
#include "paths/store.hpp"

namespace nassaq::paths {
namespace {

using api::Body;
using api::Caller;
using api::Level;
using api::Path;
using api::Services;

std::vector<PathResponse> get_paths(Services& services, api::Query<ListPaths> query) {
    return services.database.read([&](db::Session& session) { return list_paths(session, query.value); });
}

PathResponse post_path(Services& services, const Caller& admin, Body<CreatePath> body) {
    return create_path(services, admin, *body);
}

PathResponse patch_path(Services& services, const Caller& admin, Path<"path_id"> path_id, Body<UpdatePath> body) {
    return update_path(services, admin, path_id, *body);
}

void remove(Services& services, const Caller& admin, Path<"path_id"> path_id) {
    delete_path(services, admin, path_id);
}

constexpr auto table = std::to_array<api::Route>({
    api::route<get_paths>("GET", "/paths/", Level::active_user,
                          {.summary = "List virtual paths", .is_remembered = true}),
    api::route<post_path>("POST", "/paths/", Level::admin,
                          {.status = 201,
                           .summary = "Create a virtual path",
                           .problems = {{409, "Path 'contracts/2024' already exists."}}}),
    api::route<patch_path>("PATCH", "/paths/{path_id}", Level::admin,
                           {.summary = "Rename or describe a virtual path",
                            .description = "The paths below it are renamed with it.",
                            .problems = {{404, "Path with id of '7' doesn't exists."},
                                         {409, "Path 'contracts/2024' already exists."},
                                         {400, "The root path cannot be changed."},
                                         {400, "No fields to update"},
                                         {400, "A path cannot be moved below itself."},
                                         {400, "Path 'contracts/2024' would be longer than 500 characters."}}}),
    api::route<remove>("DELETE", "/paths/{path_id}", Level::admin,
                       {.status = 204,
                        .summary = "Delete a virtual path that holds nothing",
                        .problems = {{404, "Path with 7 doesn't exist"},
                                     {400, "The root path cannot be deleted."},
                                     {400, "Cannot delete path: it has sub-paths."},
                                     {400, "Cannot delete path: documents reference it."}}}),
});

}  // namespace

api::RouteTable routes() {
    return {"paths", table};
}

}  // namespace nassaq::paths
