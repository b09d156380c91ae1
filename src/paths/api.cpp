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

std::vector<PathResponse> get_paths(Services& services, const Caller& caller, api::Query<ListPaths> query) {
    auto paths = services.database.read([&](db::Session& session) { return list_paths(session, query.value); });
    std::erase_if(paths, [&](const PathResponse& path) {
        return !caller.rights->may(access::Action::path_read, path.full_path);
    });
    return paths;
}

/// Who may not change any path is told so before anything else, as the platform tells them.
bool may_change_some(const Caller& caller, const http::Request& /*request*/) {
    return caller.rights->may_anywhere(access::Action::path_write) ||
           caller.rights->may_anywhere(access::Action::path_delete);
}

Result<PathResponse> post_path(Services& services, const Caller& caller, Body<CreatePath> body) {
    return create_path(services, caller, *body);
}

Result<PathResponse> patch_path(Services& services, const Caller& caller, Path<"path_id"> path_id,
                                Body<UpdatePath> body) {
    return update_path(services, caller, path_id, *body);
}

Result<> remove(Services& services, const Caller& caller, Path<"path_id"> path_id) {
    return delete_path(services, caller, path_id);
}

constexpr auto table = std::to_array<api::FeatureRoute<Services>>({
    api::route<Services, get_paths>("GET", "/paths/", Level::active_user,
                                    {.summary = "List virtual paths", .is_remembered = true}),
    api::route<Services, post_path>(
        "POST", "/paths/", Level::active_user,
        {.status = 201,
         .summary = "Create a virtual path",
         .description = "For administrators, and those who have `path.create` and `path.write` above it.",
         .admits = may_change_some,
         .problems = {{RefusalCode::path_exists, "Path 'contracts/2024' already exists."}}}),
    api::route<Services, patch_path>(
        "PATCH", "/paths/{path_id}",
        Level::active_user,
        {.summary = "Rename, move or describe a virtual path",
         .description =
             "The paths below it are renamed with it. For administrators, and those who have `path.write`; to "
             "move it, also `path.delete` there, and `path.create` and `path.write` where it goes.",
         .admits = may_change_some,
         .problems = {{RefusalCode::path_not_found, "Path with id of '7' doesn't exists."},
                      {RefusalCode::path_exists, "Path 'contracts/2024' already exists."},
                      {RefusalCode::path_is_root, "The root path cannot be changed."},
                      {RefusalCode::no_fields_to_update, "No fields to update"},
                      {RefusalCode::path_below_itself, "A path cannot be moved below itself."},
                      {RefusalCode::path_too_long, "Path 'contracts/2024' would be longer than 500 characters."}}}),
    api::route<Services, remove>(
        "DELETE", "/paths/{path_id}", Level::active_user,
        {.status = 204,
         .summary = "Delete a virtual path that holds nothing",
         .description = "For administrators, and those who have `path.delete`.",
         .admits = may_change_some,
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
