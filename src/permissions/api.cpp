#include "permissions/api.hpp"

#include <fmt/format.h>

#include "permissions/explanation.hpp"
#include "permissions/model.hpp"
#include "permissions/service.hpp"
#include "permissions/store.hpp"
#include "schema/write.hpp"
#include "users/store.hpp"

namespace nassaq::permissions {
namespace {

using api::Body;
using api::Caller;
using api::Level;
using api::Path;
using api::Query;
using api::Result;

Result<http::Response> answer(const Result<TaggedAccess>& tagged) {
    if (!tagged) {
        return std::unexpected(tagged.error());
    }
    http::Response response = http::json_response(schema::to_json(tagged->access));
    response.headers.add("etag", fmt::format("\"{}\"", tagged->etag));
    return response;
}

Result<http::Response> get_of_document(Services& services, const Caller& caller, Path<"doc_id"> doc_id) {
    return answer(read_document_access(services, caller, doc_id));
}

Result<http::Response> put_of_document(Services& services, const Caller& caller, const http::Request& request,
                                       Path<"doc_id"> doc_id, Body<AccessRequest> body) {
    return answer(set_document_access(services, caller, request.headers, doc_id, *body));
}

Result<AccessExplanation> get_explained_of_document(Services& services, const Caller& caller, Path<"doc_id"> doc_id,
                                                    Path<"user_id"> user_id) {
    return explain_document_access(services, caller, doc_id, user_id);
}

Result<http::Response> get_of_path(Services& services, const Caller& caller, Path<"path_id"> path_id) {
    return answer(read_path_access(services, caller, path_id));
}

Result<http::Response> put_of_path(Services& services, const Caller& caller, const http::Request& request,
                                   Path<"path_id"> path_id, Body<AccessRequest> body) {
    return answer(set_path_access(services, caller, request.headers, path_id, *body));
}

Result<AccessExplanation> get_explained_of_path(Services& services, const Caller& caller, Path<"path_id"> path_id,
                                                Path<"user_id"> user_id) {
    return explain_path_access(services, caller, path_id, user_id);
}

Result<UserPermissions> get_of_user(Services& services, Path<"user_id"> user_id, Query<PageQuery> query) {
    return services.database.read([&](db::Session& session) -> Result<UserPermissions> {
        if (!users::find_user(session, user_id)) {
            return api::refuse(RefusalCode::user_not_found, "User not found");
        }
        return list_permissions(session, user_id, {.skip = query->skip, .limit = query->limit});
    });
}

constexpr api::DocumentedProblem no_document{RefusalCode::document_not_found, "Document with id 7 not found."};
constexpr api::DocumentedProblem no_path{RefusalCode::path_not_found, "Path with id of '7' doesn't exists."};
constexpr api::DocumentedProblem no_user{RefusalCode::user_not_found, "User not found"};
constexpr api::DocumentedProblem no_group{RefusalCode::group_not_found, "Group not found"};
constexpr api::DocumentedProblem forbidden{RefusalCode::sharing_forbidden, "You do not have permission to share this."};
constexpr api::DocumentedProblem changed{RefusalCode::precondition_failed, "The access has changed"};
constexpr api::DocumentedHeader if_match{"If-Match",
                                         "The ETag of what is to be replaced: 412 when it is another by now"};
constexpr std::string_view description_of_put =
    "As a whole: an entry that is not named is taken away. Whoever is no administrator changes only entries of actions "
    "that they have themselves, and names groups that they are in.";

constexpr auto table = std::to_array<api::FeatureRoute<Services>>({
    api::route<Services, get_of_document>(
        "GET", "/docs/{doc_id}/access", Level::active_user,
        {.summary = "Who may do what with a document",
         .description = "The entries at the document, and those of the paths above it, which hold where these say "
                        "nothing. For those who have `document.share`.",
         .answers = {api::json_answer<AccessResponse>(200, "The entries, with their ETag")},
         .problems = {no_document, forbidden}}),
    api::route<Services, put_of_document>(
        "PUT", "/docs/{doc_id}/access", Level::active_user,
        {.summary = "Say who may do what with a document",
         .description = description_of_put,
         .headers = {if_match},
         .answers = {api::json_answer<AccessResponse>(200, "The entries, with their ETag")},
         .problems = {no_document, forbidden, no_user, no_group, changed}}),
    api::route<Services, get_explained_of_document>(
        "GET", "/docs/{doc_id}/access/{user_id}", Level::active_user,
        {.summary = "What somebody may do with a document, and why",
         .description = "For those who have `document.share`; for others, of themselves.",
         .problems = {no_document, forbidden, no_user}}),
    api::route<Services, get_of_path>(
        "GET", "/paths/{path_id}/access", Level::active_user,
        {.summary = "Who may do what with a path, and with what is below it",
         .description = "For those who have `path.share`.",
         .answers = {api::json_answer<AccessResponse>(200, "The entries, with their ETag")},
         .problems = {no_path, forbidden}}),
    api::route<Services, put_of_path>(
        "PUT", "/paths/{path_id}/access", Level::active_user,
        {.summary = "Say who may do what with a path, and with what is below it",
         .description = description_of_put,
         .headers = {if_match},
         .answers = {api::json_answer<AccessResponse>(200, "The entries, with their ETag")},
         .problems = {no_path, forbidden, no_user, no_group, changed}}),
    api::route<Services, get_explained_of_path>(
        "GET", "/paths/{path_id}/access/{user_id}", Level::active_user,
        {.summary = "What somebody may do with a path and what is below it, and why",
         .description = "For those who have `path.share`; for others, of themselves.",
         .problems = {no_path, forbidden, no_user}}),
    api::route<Services, get_of_user>(
        "GET", "/users/{user_id}/permissions", Level::admin,
        {.summary = "All entries to a user, and to the groups that they are in", .problems = {no_user}}),
});

}  // namespace

api::RouteTable<Services> routes() {
    return {"access", table};
}

}  // namespace nassaq::permissions
