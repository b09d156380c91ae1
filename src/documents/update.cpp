#include "documents/update.hpp"

#include <fmt/format.h>

#include <expected>
#include <optional>

#include "api/guard.hpp"
#include "audit/audit.hpp"
#include "documents/content_type.hpp"
#include "documents/filename.hpp"
#include "documents/place.hpp"
#include "documents/service.hpp"
#include "documents/store.hpp"
#include "http/problem.hpp"
#include "search/indexing.hpp"

namespace nassaq::documents {
namespace {

using http::Problem;

/// Unlike an upload's, this name was not made by some browser: a folder in it is a mistake.
std::string require_new_filename(const std::string& wanted) {
    auto name = wanted.find_first_of("/\\") == std::string::npos ? safe_filename(wanted) : std::nullopt;
    if (!name) {
        throw Problem(400, "Invalid filename");
    }
    return std::move(*name);
}

/// The bytes have been found to be of their type: a new extension may only be another way to write it, or the right one
/// for a document that came under another (a PNG named .jpg).
void require_same_type(const settings::Settings& settings, const StoredDocument& document,
                       const std::string& new_name) {
    const std::string old_extension = extension_of(document.filename);
    const std::string new_extension = extension_of(new_name);
    if (new_extension == old_extension) {
        return;
    }
    require_supported(settings, new_extension);
    const std::string_view new_type = content_type_of(new_extension);
    if (new_type != content_type_of(old_extension) && new_type != document.content_type) {
        throw Problem(415, "File content does not match its extension");
    }
}

std::string target_path(const UpdateDocument& request, const StoredDocument& document) {
    if (!request.full_path) {
        return document.full_path;
    }
    return request.full_path->empty() ? std::string(paths::root) : *request.full_path;
}

/// For the audit log.
std::string describe_change(const StoredDocument& before, const DocumentDetails& after) {
    const std::string old_place = blob_name(before.full_path, before.filename);
    const std::string new_place = blob_name(after.path, after.filename);
    return old_place == new_place ? "description" : fmt::format("{} -> {}", old_place, new_place);
}

/// The index of the document has changed since its renaming was prepared.
struct Outdated {};

std::expected<DocumentDetails, Outdated> update_once(api::Services& services, const api::Caller& caller,
                                                     std::int64_t doc_id, const UpdateDocument& request) {
    std::optional<search::Renaming> renaming;
    if (request.filename) {
        renaming = services.database.read([&](db::Session& session) {
            return search::prepare_renaming(session, doc_id, require_new_filename(*request.filename));
        });
    }
    return api::transact(
        services, caller,
        [&](db::Session& session, const api::Caller& actor) -> std::expected<DocumentDetails, Outdated> {
            // What is not changed is written back as it was read.
            const StoredDocument document = lock_document(session, actor, doc_id);
            if (!request.filename && !request.full_path && !request.description.present) {
                throw Problem(400, "No fields to update");
            }
            const std::string filename = request.filename ? require_new_filename(*request.filename) : document.filename;
            require_same_type(services.settings, document, filename);
            const std::string extension = extension_of(filename);
            const DocumentChanges changes{.filename = filename,
                                          .file_type = extension.empty() ? extension : extension.substr(1),
                                          .path_id = require_path(session, target_path(request, document)),
                                          // A document of the Python platform has none written down: now it needs one.
                                          .blob_name = blob_name_of(document),
                                          .description = request.description};
            // The index first, as at the end of a job: in one order, nobody waits in a circle.
            if (filename != document.filename && !search::rename_document(session, *renaming)) {
                return std::unexpected(Outdated());
            }
            if (const auto updated = update_document(session, doc_id, changes); !updated) {
                refuse(updated.error());
            }
            auto details = find_details(session, doc_id).value();
            audit::record(session, audit::Action::document_update, caller.user_id, doc_id,
                          describe_change(document, details));
            return details;
        });
}

}  // namespace

DocumentDetails update_document(api::Services& services, const api::Caller& caller, std::int64_t doc_id,
                                const UpdateDocument& request) {
    for (;;) {
        if (auto details = update_once(services, caller, doc_id, request)) {
            return std::move(*details);
        }
    }
}

}  // namespace nassaq::documents
