#include "documents/api.hpp"

#include "documents/announced_upload.hpp"
#include "documents/download.hpp"
#include "documents/early_upload.hpp"
#include "documents/events.hpp"
#include "documents/list_answer.hpp"
#include "documents/list_model.hpp"
#include "documents/model.hpp"
#include "documents/reprocess.hpp"
#include "documents/same_content.hpp"
#include "documents/search.hpp"
#include "documents/search_model.hpp"
#include "documents/service.hpp"
#include "documents/statistics_model.hpp"
#include "documents/store.hpp"
#include "documents/text_answer.hpp"
#include "documents/text_model.hpp"
#include "documents/update.hpp"
#include "documents/upload.hpp"
#include "documents/upload_model.hpp"
#include "documents/versions.hpp"
#include "documents/versions_model.hpp"
#include "documents/view.hpp"

namespace nassaq::documents {
namespace {

using api::Caller;
using api::Level;
using api::Path;
using api::Query;
using api::Result;

Result<UploadResponse> post_upload(Services& services, const Caller& caller, const http::Request& request,
                                   api::Upload<UploadFields> upload) {
    return upload_document(services, caller, upload.file->content, upload.file->filename, upload.fields,
                           request.headers.find("idempotency-key"));
}

http::Response get_all(Services& services, const Caller& caller, const http::Request& request, Query<ListAll> query) {
    const View view = query->view ? view_of(*query->view) : View::all;
    return answer_list(services, caller, request,
                       filter_of(services.database, caller, view, query->user_id, query->status),
                       {.skip = query->skip, .limit = query->limit});
}

/// By the contract the list of all is for administrators; a view is for each what they may read.
bool may_list(const Caller& caller, const http::Request& request) {
    return caller.is_admin() || request.query.starts_with("view=") || request.query.find("&view=") != std::string::npos;
}

http::Response get_mine(Services& services, const Caller& caller, const http::Request& request, Query<ListMine> query) {
    return answer_list(services, caller, request, filter_of(services.database, caller, View::own, {}, query->status),
                       {.skip = query->skip, .limit = query->limit});
}

ContentCopies get_same_content(Services& services, const Caller& caller, Query<ContentQuery> query) {
    if (!may_read_own(caller)) {
        return {};
    }
    return {.items = services.database.read(
                [&](db::Session& session) { return find_same_content(session, caller.user_id, query->sha256); })};
}

Result<DocumentStatus> get_status(Services& services, const Caller& caller, Path<"doc_id"> doc_id) {
    return read_status(services, caller, doc_id);
}

Result<DocumentDetails> get_details(Services& services, const Caller& caller, Path<"doc_id"> doc_id) {
    return read_details(services, caller, doc_id);
}

Result<http::Response> get_download(Services& services, const Caller& caller, const http::Request& request,
                                    Path<"doc_id"> doc_id, Query<DownloadQuery> query) {
    return download_document(services, caller, request, doc_id, query->is_inline);
}

Result<http::Response> get_text(Services& services, const Caller& caller, const http::Request& request,
                                Path<"doc_id"> doc_id) {
    return answer_text(services, caller, request, doc_id);
}

Result<DocumentDetails> patch_document(Services& services, const Caller& caller, Path<"doc_id"> doc_id,
                                       api::Body<UpdateDocument> body) {
    return update_document(services, caller, doc_id, *body);
}

Result<DocumentStatus> post_reprocess(Services& services, const Caller& caller, Path<"doc_id"> doc_id,
                                      Query<StageQuery> query) {
    return reprocess_document(services, caller, doc_id, query.value);
}

http::Response get_events(Services& services, const Caller& caller, const http::Request& request) {
    return stream_events(services, caller, request);
}

Result<http::Response> get_statistics(Services& services, const Caller& caller, Query<StageQuery> query) {
    return answer_statistics(services, caller, query.value);
}

Result<SearchResponse> get_search(Services& services, const Caller& caller, const http::Request& request,
                                  Query<SearchQuery> query) {
    return search_documents(services, caller, request.stop, query.value);
}

Result<DocumentVersion> put_file(Services& services, const Caller& caller, const http::Request& request,
                                 Path<"doc_id"> doc_id, api::Upload<VersionFields> upload) {
    return put_version(services, caller, request, doc_id, upload.file->content);
}

Result<VersionList> get_versions(Services& services, const Caller& caller, Path<"doc_id"> doc_id,
                                 Query<VersionQuery> query) {
    return list_versions(services, caller, doc_id, query.value);
}

Result<http::Response> get_version_download(Services& services, const Caller& caller, const http::Request& request,
                                            Path<"doc_id"> doc_id, Path<"version"> version,
                                            Query<DownloadQuery> query) {
    return download_version(services, caller, request, doc_id, version, query->is_inline);
}

Result<DocumentVersion> post_version_restore(Services& services, const Caller& caller, Path<"doc_id"> doc_id,
                                             Path<"version"> version) {
    return restore_version(services, caller, doc_id, version);
}

constexpr api::DocumentedProblem not_found{RefusalCode::document_not_found, "Document with id 7 not found."};
constexpr api::DocumentedProblem no_such_version{RefusalCode::version_not_found, "Document 7 has no version 3."};
constexpr api::DocumentedProblem unfinished_upgrade{
    RefusalCode::upgrade_unfinished, "Versions are kept once the upgrade is finished (nassaq migrate --finish)."};
constexpr api::DocumentedProblem unknown_stage{RefusalCode::stage_unknown, "Unknown stage 'X'. Stages: OCR"};

constexpr auto table = std::to_array<api::FeatureRoute<Services>>({
    api::route<Services, post_upload>(
        "POST", "/docs/upload", Level::active_user,
        {.status = 201,
         .summary = "Upload a document",
         .description = "Its text is extracted in the background; see its status. With the header "
                        "`Idempotency-Key` the same upload, sent again within a day, is answered as "
                        "it was first, and another one with that key is 422.",
         .headers = {{"Idempotency-Key", "Names the upload: 1 to 255 printable ASCII characters"}},
         .problems = {{RefusalCode::file_empty, "Uploaded file is empty"},
                      {RefusalCode::filename_invalid, "Invalid filename"},
                      {RefusalCode::path_not_found, "Provided path doesn't exist."},
                      {RefusalCode::document_exists,
                       "A document with this filename already exists at the specified path."},
                      {RefusalCode::file_too_large, "File too large, Max Limit is set to 50 MB"},
                      {RefusalCode::file_type_unsupported, "Unsupported file type '.x'. Supported: .pdf, .png"},
                      {RefusalCode::content_mismatch, "File content does not match its extension"},
                      {RefusalCode::storage_failed, "Storage upload failed"},
                      {RefusalCode::storage_full, "Storage is full"},
                      {RefusalCode::quota_bytes, "Storage quota exceeded: 12 of 1073741824 bytes are left."},
                      {RefusalCode::quota_pages, "Page quota exceeded: 0 of 500 pages are left today."}}},
        {.check_announced = check_announced_upload, .begin_file = send_early}),
    api::route<Services, get_all>("GET", "/docs/", Level::active_user,
                                  {.summary = "List all documents, newest first",
                                   .description = "With `view`, those that the caller may read.",
                                   .is_remembered = true,
                                   .admits = may_list,
                                   .answers = {api::json_answer<DocumentList>(200, "A page of them")}}),
    api::route<Services, get_mine>("GET", "/docs/me", Level::active_user,
                                   {.summary = "List my documents, newest first",
                                    .is_remembered = true,
                                    .answers = {api::json_answer<DocumentList>(200, "A page of them")}}),
    api::route<Services, get_events>(
        "GET", "/docs/events", Level::active_user,
        {.summary = "Follow the processing of my documents; an administrator follows all",
         .description = "Server-Sent Events: `event: document` with `{\"doc_id\", \"stage_name\", \"status\", "
                        "\"error_message\"}` as data for each change, and with `\"pages_done\"` and `\"pages\"` as the "
                        "pages of a document are done. `Last-Event-ID` resumes behind that event, for a "
                        "day. A comment comes every 15 seconds. The stream ends with the caller's session.",
         .produces = "text/event-stream",
         .headers = {{"Last-Event-ID", "The id of the last event that was received"}}}),
    api::route<Services, get_same_content>(
        "GET", "/docs/same-content", Level::active_user,
        {.summary = "My documents that have exactly this content",
         .description =
             "To find out before an upload whether it is there already. At most a hundred, the oldest first."}),
    api::route<Services, get_statistics>("GET", "/docs/stats", Level::active_user,
                                         {.summary = "My documents in numbers; an administrator's are of all",
                                          .description = "`by_status` is of a stage, the others of all that there is.",
                                          .is_remembered = true,
                                          .answers = {api::json_answer<Statistics>(200, "The numbers")},
                                          .problems = {unknown_stage}}),
    api::route<Services, get_search>(
        "GET", "/docs/search", Level::active_user,
        {.summary = "Search my documents; an administrator's search goes through all",
         .description =
             "Looks for words in the texts and in the names of the files, whatever their vowel signs, their "
             "forms of alef, hamza and yeh, their digits or their case, and in other inflections. The best "
             "first: the whole query as a phrase, then all of its words, then some; a file's name goes before "
             "its text. `\"in quotes\"`: this very phrase; `-word`: without; `begin*`: whatever begins so. "
             "Where nothing is found, similar words are looked for. `total` counts to 50,000. A user's searches run "
             "two "
             "at a time, the others wait; a search ends when its client goes.",
         .pool = http::Pool::searching,
         .problems = {{RefusalCode::too_many_searches, "Too many searches at once"},
                      {RefusalCode::search_timeout, "The search took too long, please look for rarer words."}}}),
    api::route<Services, get_details>("GET", "/docs/{doc_id}", Level::active_user,
                                      {.summary = "All that is known of a document", .problems = {not_found}}),
    api::route<Services, get_status>("GET", "/docs/{doc_id}/status", Level::active_user,
                                     {.summary = "How far a document's processing is", .problems = {not_found}}),
    api::route<Services, get_download>(
        "GET", "/docs/{doc_id}/download", Level::active_user,
        {.summary = "Download a document",
         .description = "Takes a single `Range`, and `If-None-Match` with the ETag.",
         .headers = {{"Range", "bytes=FIRST-LAST, one of them"},
                     {"If-Range", "The ETag, or a date: the range only if it is still that"},
                     {"If-Match", "The ETag: 412 when it is another"},
                     {"If-None-Match", "The ETag: 304 when it is still that"},
                     {"If-Modified-Since", "A date: 304 when it is not newer"}},
         .answers = {{200, "The bytes, with their own content type", "*/*"},
                     {206, "The range of the bytes", "*/*"},
                     {304, "The caller has it already"}},
         .problems = {not_found,
                      {RefusalCode::file_missing, "The stored file is missing."},
                      {RefusalCode::precondition_failed, "The document has changed"},
                      {RefusalCode::range_not_satisfiable, "The requested range is outside of the document"}}}),
    api::route<Services, get_text>(
        "GET", "/docs/{doc_id}/text", Level::active_user,
        {.summary = "The text of a document",
         .description = "`Accept: text/plain` gives the text alone.",
         .answers = {api::json_answer<TextResponse>(200, "The text, as JSON or alone"), {200, "", "text/plain"}},
         .problems = {not_found, {RefusalCode::document_not_processed, "Document is not processed yet."}}}),
    api::route<Services, patch_document>(
        "PATCH", "/docs/{doc_id}", Level::active_user,
        {.summary = "Rename, move or describe a document",
         .problems = {not_found,
                      {RefusalCode::no_fields_to_update, "No fields to update"},
                      {RefusalCode::filename_invalid, "Invalid filename"},
                      {RefusalCode::path_not_found, "Provided path doesn't exist."},
                      {RefusalCode::document_exists,
                       "A document with this filename already exists at the specified path."},
                      {RefusalCode::file_type_unsupported, "Unsupported file type '.x'. Supported: .pdf, .png"},
                      {RefusalCode::content_mismatch, "File content does not match its extension"}}}),
    api::route<Services, post_reprocess>(
        "POST", "/docs/{doc_id}/reprocess", Level::active_user,
        {.status = 202,
         .summary = "Extract the text of a document, or do another stage, once more",
         .problems = {not_found,
                      unknown_stage,
                      {RefusalCode::document_busy, "Cannot reprocess document while it is Queued or Processing."},
                      {RefusalCode::quota_pages, "Page quota exceeded: 0 of 500 pages are left today."}}}),
    api::route<Services, put_file>(
        "PUT", "/docs/{doc_id}/file", Level::active_user,
        {.summary = "Replace the file of a document by a new version",
         .description =
             "The versions before it stay. Its text is extracted in the background, as after an upload; until "
             "then the document has none. With bytes that an earlier version has, that one is restored; with "
             "those of the current one nothing changes.",
         .headers = {{"If-Match", "The ETag of the version that is to be replaced: 412 when there is another by now"}},
         .problems = {not_found,
                      {RefusalCode::file_empty, "Uploaded file is empty"},
                      unfinished_upgrade,
                      {RefusalCode::precondition_failed, "The document has changed"},
                      {RefusalCode::file_too_large, "File too large, Max Limit is set to 50 MB"},
                      {RefusalCode::content_mismatch, "File content does not match its extension"},
                      {RefusalCode::storage_failed, "Storage upload failed"},
                      {RefusalCode::storage_full, "Storage is full"},
                      {RefusalCode::quota_bytes, "Storage quota exceeded: 12 of 1073741824 bytes are left."},
                      {RefusalCode::quota_pages, "Page quota exceeded: 0 of 500 pages are left today."}}}),
    api::route<Services, get_versions>(
        "GET", "/docs/{doc_id}/versions", Level::active_user,
        {.summary = "The versions of a document, newest first", .problems = {not_found}}),
    api::route<Services, get_version_download>(
        "GET", "/docs/{doc_id}/versions/{version}/download", Level::active_user,
        {.summary = "Download a version of a document",
         .description = "As the download of the document, which is that of its current version.",
         .headers = {{"Range", "bytes=FIRST-LAST, one of them"},
                     {"If-None-Match", "The ETag: 304 when it is still that"}},
         .answers = {{200, "The bytes, with their own content type", "*/*"},
                     {206, "The range of the bytes", "*/*"},
                     {304, "The caller has it already"}},
         .problems = {not_found,
                      no_such_version,
                      {RefusalCode::file_missing, "The stored file is missing."},
                      {RefusalCode::precondition_failed, "The document has changed"},
                      {RefusalCode::range_not_satisfiable, "The requested range is outside of the document"}}}),
    api::route<Services, post_version_restore>(
        "POST", "/docs/{doc_id}/versions/{version}/restore", Level::active_user,
        {.summary = "Make an earlier version the current one again",
         .description = "As a new version with the same bytes. With those of the current one nothing changes.",
         .problems = {not_found,
                      no_such_version,
                      unfinished_upgrade,
                      {RefusalCode::quota_bytes, "Storage quota exceeded: 12 of 1073741824 bytes are left."},
                      {RefusalCode::quota_pages, "Page quota exceeded: 0 of 500 pages are left today."}}}),
});

}  // namespace

api::RouteTable<Services> routes() {
    return {"docs", table};
}

}  // namespace nassaq::documents
