#include "documents/update.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "api/guard.hpp"
#include "audit/audit.hpp"
#include "documents/content_type.hpp"
#include "documents/filename.hpp"
#include "documents/place.hpp"
#include "documents/service.hpp"
#include "documents/store.hpp"
#include "files/old_place.hpp"
#include "paths/model.hpp"
#include "paths/store.hpp"
#include "search/indexing.hpp"

namespace nassaq::documents {
namespace {

using api::refuse;
using api::Result;

std::string target_path(const UpdateDocument& request, const StoredDocument& document) {
    if (!request.full_path) {
        return document.full_path;
    }
    return request.full_path->empty() ? std::string(paths::root) : *request.full_path;
}

/// For the audit log.
std::string describe_change(const StoredDocument& before, const DocumentDetails& after) {
    const std::string old_place = full_name(before.full_path, before.filename);
    const std::string new_place = full_name(after.path, after.filename);
    return old_place == new_place ? "description" : fmt::format("{} -> {}", old_place, new_place);
}

/// Whoever moves a document takes it away from those who could read it where it was.
Result<std::int64_t> target_path_id(db::Session& session, const api::Caller& actor, const StoredDocument& document,
                                    const UpdateDocument& request) {
    const std::string full_path = target_path(request, document);
    if (full_path == document.full_path) {
        const auto path_id = paths::find_path_id(session, full_path);
        return path_id ? Result<std::int64_t>(*path_id) : refuse_place(PlaceError::no_such_path);
    }
    if (auto allowed = require_may(access::Action::document_delete, document, actor); !allowed) {
        return std::unexpected(std::move(allowed.error()));
    }
    return require_path(session, actor, full_path);
}

/// What the document is to be from now on.
Result<DocumentChanges> changes_of(const Services& services, db::Session& session, const api::Caller& actor,
                                   const StoredDocument& document, const UpdateDocument& request,
                                   const std::string& filename) {
    if (!request.filename && !request.full_path && !request.description.present) {
        return refuse(RefusalCode::no_fields_to_update, "No fields to update");
    }
    if (auto same = require_same_type(services.settings, document.filename, document.content_type, filename); !same) {
        return std::unexpected(same.error());
    }
    const auto path_id = target_path_id(session, actor, document, request);
    if (!path_id) {
        return std::unexpected(path_id.error());
    }
    const std::string extension = extension_of(filename);
    return DocumentChanges{.filename = filename,
                           .file_type = extension.empty() ? extension : extension.substr(1),
                           .path_id = *path_id,
                           .description = request.description};
}

/// @param new_name  when it is renamed
/// @return nothing when the index of the document has changed since its renaming was prepared; nothing is changed then.
Result<std::optional<DocumentDetails>> update_once(Services& services, const api::Caller& caller, std::int64_t doc_id,
                                                   const UpdateDocument& request,
                                                   const std::optional<std::string>& new_name) {
    std::optional<search::Renaming> renaming;
    if (new_name) {
        renaming = services.database.read(
            [&](db::Session& session) { return search::prepare_renaming(session, doc_id, *new_name); });
    }
    const auto update = [&](db::Session& session, const api::Caller& actor) -> Result<std::optional<DocumentDetails>> {
        // What is not changed is written back as it was read.
        const auto document = lock_document_to(access::Action::document_write, session, actor, doc_id);
        if (!document) {
            return std::unexpected(document.error());
        }
        const std::string filename = new_name.value_or(document->filename);
        const auto changes = changes_of(services, session, actor, *document, request, filename);
        if (!changes) {
            return std::unexpected(changes.error());
        }
        files::take_in(session, doc_id);  // While its row says where its file is.
        // The index first, as at the end of a job: in one order, nobody waits in a circle.
        if (filename != document->filename && !search::rename_document(session, *renaming)) {
            return std::nullopt;
        }
        if (const auto updated = update_document(session, doc_id, *changes); !updated) {
            return refuse_place(updated.error());
        }
        auto details = find_details(session, doc_id).value();
        audit::record(session, audit::Action::document_update, caller.user_id, doc_id,
                      describe_change(*document, details));
        return details;
    };
    return api::transact(services.database, caller, update);
}

}  // namespace

Result<std::string> require_new_filename(const std::string& wanted) {
    auto name = wanted.find_first_of("/\\") == std::string::npos ? safe_filename(wanted) : std::nullopt;
    if (!name) {
        return refuse(RefusalCode::filename_invalid, "Invalid filename");
    }
    return std::move(*name);
}

Result<> require_same_type(const settings::Settings& settings, std::string_view old_name,
                           const std::optional<std::string>& content_type, const std::string& new_name) {
    const std::string old_extension = extension_of(old_name);
    const std::string new_extension = extension_of(new_name);
    if (new_extension == old_extension) {
        return {};
    }
    if (auto supported = require_supported(settings, new_extension); !supported) {
        return supported;
    }
    const std::string_view new_type = content_type_of(new_extension);
    if (new_type != content_type_of(old_extension) && new_type != content_type) {
        return refuse(RefusalCode::content_mismatch, "File content does not match its extension");
    }
    return {};
}

Result<DocumentDetails> update_document(Services& services, const api::Caller& caller, std::int64_t doc_id,
                                        const UpdateDocument& request) {
    std::optional<std::string> new_name;
    if (request.filename) {
        auto name = require_new_filename(*request.filename);
        if (!name) {
            return std::unexpected(name.error());
        }
        new_name = std::move(*name);
    }
    for (;;) {
        auto details = update_once(services, caller, doc_id, request, new_name);
        if (!details) {
            return std::unexpected(details.error());
        }
        if (std::optional<DocumentDetails>& done = *details) {
            return std::move(*done);
        }
    }
}

}  // namespace nassaq::documents
