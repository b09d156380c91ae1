#include "documents/service.hpp"

#include <fmt/format.h>

#include <vector>

#include "api/guard.hpp"
#include "audit/audit.hpp"
#include "documents/filename.hpp"
#include "http/problem.hpp"
#include "jobs/text_deletion.hpp"
#include "search/indexing.hpp"

namespace nassaq::documents {
namespace {

using http::Problem;

[[noreturn]] void refuse_unknown(std::int64_t doc_id) {
    throw Problem(404, fmt::format("Document with id {} not found.", doc_id));
}

bool may_see(const api::Caller& caller, std::int64_t owner_id) {
    return owner_id == caller.user_id || caller.is_admin();
}

[[noreturn]] void refuse_processing() {
    throw Problem(409, "Cannot delete document while it is 'Processing'. Wait for processing to complete or fail.");
}

db::Lock lock_of_document(std::int64_t doc_id) {
    return {.name = fmt::format("document {}", doc_id)};
}

/// Takes the document's rows away, and notes what else there is of it. @return the name of its blob.
/// @param known  the document as it was a moment ago.
std::string remove_rows(api::Services& services, const api::Caller& caller, const StoredDocument& known,
                        const db::ForeignKeyList& foreign_keys) {
    const std::int64_t doc_id = known.doc_id;
    const std::vector locks{lock_of_document(doc_id), jobs::BlobDeletions::lock_of(blob_name_of(known))};
    return api::transact(services, caller, locks, [&](db::Session& session, const api::Caller& actor) {
        const StoredDocument document = lock_document(session, actor, doc_id);
        require_may_delete(document, actor);
        if (!lock_unless_processing(session, doc_id)) {
            refuse_processing();
        }
        std::string blob = blob_name_of(document);
        remove_document(session, doc_id, foreign_keys);
        jobs::BlobDeletions::schedule(session, blob);
        jobs::TextDeletions::schedule(session, doc_id);
        audit::record(session, audit::Action::document_delete, caller.user_id, doc_id, document.filename);
        return blob;
    });
}

/// In transactions of their own: each looks at the caller before it takes anything away, as the last one will.
void remove_from_index(api::Services& services, const api::Caller& caller, std::int64_t doc_id) {
    search::remove_most(services.database, doc_id, [&](db::Session& session) {
        const api::Caller actor = api::admit_again(session, caller);
        require_may_delete(require_document(session, actor, doc_id), actor);
        return true;
    });
}

/// As remove_rows(). A table that we know may have been made or dropped since the catalogue was looked at; where one
/// that we do not know refers to the document, it stays, and the log says which.
std::string remove_and_schedule(api::Services& services, const api::Caller& caller, const StoredDocument& known) {
    try {
        return remove_rows(services, caller, known, *services.foreign_keys.known());
    } catch (const db::Error& error) {
        const bool may_be_another_table =
            error.kind() == db::ErrorKind::foreign_key_violation || error.kind() == db::ErrorKind::other;
        if (!may_be_another_table) throw;
    }
    try {
        return remove_rows(services, caller, known, *services.foreign_keys.look_again());
    } catch (const db::Error& error) {
        if (error.kind() != db::ErrorKind::foreign_key_violation) throw;
    }
    services.foreign_keys.warn_of("Documents");
    throw Problem(409, "Cannot delete document: related records exist.");
}

}  // namespace

std::optional<std::int64_t> visible_owner(const api::Caller& caller) {
    return caller.is_admin() ? std::nullopt : std::optional(caller.user_id);
}

StoredDocument require_document(db::Session& session, const api::Caller& caller, std::int64_t doc_id) {
    auto document = find_document(session, doc_id);
    if (!document || !may_see(caller, document->uploaded_by_user_id)) {
        refuse_unknown(doc_id);
    }
    return std::move(*document);
}

StoredDocument require_document(api::Services& services, const api::Caller& caller, std::int64_t doc_id) {
    return services.database.read([&](db::Session& session) { return require_document(session, caller, doc_id); });
}

StoredDocument lock_document(db::Session& transaction, const api::Caller& caller, std::int64_t doc_id) {
    transaction.lock({lock_of_document(doc_id)});
    return require_document(transaction, caller, doc_id);
}

void require_may_delete(const StoredDocument& document, const api::Caller& caller) {
    if (!may_see(caller, document.uploaded_by_user_id)) {
        throw Problem(403, "You do not have permission to delete this document.");
    }
}

std::string blob_name_of(const StoredDocument& document) {
    return document.blob_name.value_or(blob_name(document.full_path, document.filename));
}

DocumentStatus read_status(api::Services& services, const api::Caller& caller, std::int64_t doc_id) {
    return services.database.read([&](db::Session& session) {
        auto status = find_status(session, require_document(session, caller, doc_id));
        if (!status) {
            refuse_unknown(doc_id);
        }
        return std::move(*status);
    });
}

DocumentDetails read_details(api::Services& services, const api::Caller& caller, std::int64_t doc_id) {
    return services.database.read([&](db::Session& session) {
        auto details = find_details(session, doc_id);
        if (!details || !may_see(caller, details->uploaded_by_user_id)) {
            refuse_unknown(doc_id);
        }
        return std::move(*details);
    });
}

DeleteResponse delete_document(api::Services& services, const api::Caller& caller, std::int64_t doc_id) {
    const StoredDocument document = require_document(services, caller, doc_id);
    require_may_delete(document, caller);
    if (document.status == "Processing") {
        refuse_processing();
    }
    remove_from_index(services, caller, doc_id);
    const std::string blob = remove_and_schedule(services, caller, document);
    services.blob_deletions.try_complete(blob);
    jobs::TextDeletions(services.database, services.texts).try_complete(doc_id);
    return {.doc_id = doc_id};
}

}  // namespace nassaq::documents
