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
using api::Result;

std::vector<PathResponse> get_paths(Services& services, api::Query<ListPaths> query) {
    return services.database.read([&](db::Session& session) { return list_paths(session, query.value); });
}

Result<PathResponse> post_path(Services& services, const Caller& admin, Body<CreatePath> body) {
    return create_path(services, admin, *body);
}

Result<PathResponse> patch_path(Services& services, const Caller& admin, Path<"path_id"> path_id,
                                Body<UpdatePath> body) {
    return update_path(services, admin, path_id, *body);
}

Result<> remove(Services& services, const Caller& admin, Path<"path_id"> path_id) {
    return delete_path(services, admin, path_id);
}

constexpr auto table = std::to_array<api::FeatureRoute<Services>>({
    api::route<Services, get_paths>("GET", "/paths/", Level::active_user,
                                    {.summary = "List virtual paths", .is_remembered = true}),
    api::route<Services, post_path>(
        "POST", "/paths/", Level::admin,
        {.status = 201,
         .summary = "Create a virtual path",
         .problems = {{RefusalCode::path_exists, "Path 'contracts/2024' already exists."}}}),
    api::route<Services, patch_path>(
        "PATCH", "/paths/{path_id}",
        Level::admin,
        {.summary = "Rename or describe a virtual path",
         .description = "The paths below it are renamed with it.",
         .problems = {{RefusalCode::path_not_found, "Path with id of '7' doesn't exists."},
                      {RefusalCode::path_exists, "Path 'contracts/2024' already exists."},
                      {RefusalCode::path_is_root, "The root path cannot be changed."},
                      {RefusalCode::no_fields_to_update, "No fields to update"},
                      {RefusalCode::path_below_itself, "A path cannot be moved below itself."},
                      {RefusalCode::path_too_long, "Path 'contracts/2024' would be longer than 500 characters."}}}),
    api::route<Services, remove>(
        "DELETE", "/paths/{path_id}", Level::admin,
        {.status = 204,
         .summary = "Delete a virtual path that holds nothing",
         .problems = {{RefusalCode::path_not_found, "Path with 7 doesn't exist"},
                      {RefusalCode::path_is_root, "The root path cannot be deleted."},
                      {RefusalCode::path_has_sub_paths, "Cannot delete path: it has sub-paths."},
                      {RefusalCode::path_has_documents, "Cannot delete path: documents reference it."}}}),
});

}  // namespace

api::RouteTable<Services> routes() {
    return {"paths", table};
}

}  // namespace nassaq::paths
