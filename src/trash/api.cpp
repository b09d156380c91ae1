#include "trash/api.hpp"

#include "trash/deletion.hpp"
#include "trash/model.hpp"
#include "trash/restoring.hpp"
#include "trash/service.hpp"

namespace nassaq::trash {
namespace {

using api::Caller;
using api::Level;
using api::Path;
using api::Query;
using api::Result;

Result<DeleteResponse> remove(Services& services, const Caller& caller, Path<"doc_id"> doc_id) {
    return delete_document(services, caller, doc_id);
}

TrashList get_trash(Services& services, const Caller& caller, Query<TrashQuery> query) {
    return list_trash(services, caller, query.value);
}

Result<documents::DocumentDetails> post_restore(Services& services, const Caller& caller, Path<"doc_id"> doc_id,
                                                Query<RestoreQuery> query) {
    return restore_document(services, caller, doc_id, query.value);
}

Result<PurgeResponse> purge(Services& services, const Caller& caller, Path<"doc_id"> doc_id) {
    return purge_document(services, caller, doc_id);
}

Result<EmptyResponse> empty(Services& services, const Caller& caller) {
    return empty_trash(services, caller);
}

constexpr api::DocumentedProblem not_in_trash{RefusalCode::document_not_found,
                                              "Document with id 7 is not in the trash."};

constexpr auto table = std::to_array<api::FeatureRoute<Services>>({
    api::route<Services, remove>(
        "DELETE", "/docs/{doc_id}", Level::active_user,
        {.summary = "Delete a document",
         .description = "Its owner may, and whoever has document.delete there. It goes into its owner's trash, if one "
                        "is kept (TRASH_DAYS), and "
                        "for good when its time there is over.",
         .problems = {{RefusalCode::deletion_forbidden, "You do not have permission to delete this document."},
                      {RefusalCode::document_not_found, "Document with id 7 not found."},
                      {RefusalCode::document_busy,
                       "Cannot delete document while it is 'Processing'. Wait for processing to complete or fail."},
                      {RefusalCode::document_has_records, "Cannot delete document: related records exist."}}}),
    api::route<Services, get_trash>("GET", "/docs/trash", Level::active_user,
                                    {.summary = "My documents in the trash, or all that I may read, the last deleted "
                                                "first"}),
    api::route<Services, post_restore>(
        "POST", "/docs/{doc_id}/restore", Level::active_user,
        {.summary = "Bring a document back from the trash",
         .description = "With its id, its versions and its text, to where it was: its owner may, and whoever has "
                        "document.delete there. Where its name is taken by now the answer proposes a free one as "
                        "`proposed_filename`.",
         .problems =
             {not_in_trash,
              {RefusalCode::document_forbidden, "You do not have permission to change this document."},
              {RefusalCode::restore_name_taken,
               "A document with this filename already exists at the specified path. 'a (2).pdf' is free."},
              {RefusalCode::restore_path_gone, "The path 'x' does not exist any more: name another one as full_path."},
              {RefusalCode::path_not_found, "Provided path doesn't exist."},
              {RefusalCode::document_exists, "A document with this filename already exists at the specified path."},
              {RefusalCode::filename_invalid, "Invalid filename"},
              {RefusalCode::file_type_unsupported, "Unsupported file type '.x'. Supported: .pdf, .png"},
              {RefusalCode::content_mismatch, "File content does not match its extension"},
              {RefusalCode::quota_bytes, "Storage quota exceeded: 12 of 1073741824 bytes are left."},
              {RefusalCode::quota_documents, "Document quota exceeded: 0 of 100 documents are left."}}}),
    api::route<Services, purge>(
        "DELETE", "/docs/trash/{doc_id}", Level::active_user,
        {.summary = "Remove a document in the trash for good",
         .description = "Its owner may, and an administrator.",
         .problems = {not_in_trash,
                      {RefusalCode::deletion_forbidden, "You do not have permission to delete this document."}}}),
    api::route<Services, empty>("DELETE", "/docs/trash", Level::active_user,
                                {.status = 202,
                                 .summary = "Empty my trash",
                                 .description = "What is in it is out of sight at once, and removed by and by."}),
});

}  // namespace

api::RouteTable<Services> routes() {
    return {"docs", table};
}

}  // namespace nassaq::trash
