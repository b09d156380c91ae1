#include "documents/service.hpp"

#include <fmt/format.h>

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

void require_deletable(const StoredDocument& document) {
    if (document.status == "Queued" || document.status == "Processing") {
        throw Problem(409, "Cannot delete document while it is Queued or Processing.");
    }
}

}  // namespace

std::optional<std::int64_t> visible_owner(const api::Caller& caller) {
    return caller.is_admin() ? std::nullopt : std::optional(caller.user_id);
}

StoredDocument require_document(db::Session& session, const api::Caller& caller, std::int64_t doc_id) {
    auto document = find_document(session, doc_id);
    if (!document || (document->uploaded_by_user_id != caller.user_id && !caller.is_admin())) {
        refuse_unknown(doc_id);
    }
    return std::move(*document);
}

StoredDocument require_document(api::Services& services, const api::Caller& caller, std::int64_t doc_id) {
    return services.database.read([&](db::Session& session) { return require_document(session, caller, doc_id); });
}

StoredDocument lock_document(db::Session& transaction, const api::Caller& caller, std::int64_t doc_id) {
    transaction.lock(fmt::format("document {}", doc_id));
    return require_document(transaction, caller, doc_id);
}

std::string blob_name_of(const StoredDocument& document) {
    return document.blob_name.value_or(blob_name(document.full_path, document.filename));
}

DocumentStatus read_status(api::Services& services, const api::Caller& caller, std::int64_t doc_id) {
    return services.database.read([&](db::Session& session) {
        require_document(session, caller, doc_id);
        auto status = find_status(session, doc_id);
        if (!status) {
            refuse_unknown(doc_id);
        }
        return std::move(*status);
    });
}

DocumentDetails read_details(api::Services& services, const api::Caller& caller, std::int64_t doc_id) {
    return services.database.read([&](db::Session& session) {
        require_document(session, caller, doc_id);
        auto details = find_details(session, doc_id);
        if (!details) {
            refuse_unknown(doc_id);
        }
        return std::move(*details);
    });
}

DeleteResponse delete_document(api::Services& services, const api::Caller& admin, std::int64_t doc_id) {
    require_deletable(require_document(services, admin, doc_id));
    search::remove_most(services.database, doc_id);
    const std::string blob = services.database.transaction([&](db::Session& session) {
        const StoredDocument document = lock_document(session, admin, doc_id);
        require_deletable(document);
        const std::string name = blob_name_of(document);
        remove_document(session, doc_id);
        jobs::BlobDeletions::schedule(session, name);
        jobs::TextDeletions::schedule(session, doc_id);
        audit::record(session, audit::Action::document_delete, admin.user_id, doc_id, document.filename);
        return name;
    });
    services.blob_deletions.try_complete(blob);
    jobs::TextDeletions(services.database, services.texts).try_complete(doc_id);
    return {.doc_id = doc_id};
}

}  // namespace nassaq::documents
