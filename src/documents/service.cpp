#include "documents/service.hpp"

#include <fmt/format.h>

#include <vector>

#include "api/guard.hpp"
#include "audit/audit.hpp"
#include "documents/filename.hpp"
#include "jobs/text_deletion.hpp"
#include "search/indexing.hpp"

namespace nassaq::documents {
namespace {

using api::refuse;
using api::Result;

std::unexpected<api::Refusal> refuse_unknown(std::int64_t doc_id) {
    return refuse(RefusalCode::document_not_found, fmt::format("Document with id {} not found.", doc_id));
}

bool may_see(const api::Caller& caller, std::int64_t owner_id) {
    return owner_id == caller.user_id || caller.is_admin();
}

std::unexpected<api::Refusal> refuse_processing() {
    return refuse(RefusalCode::document_busy,
                  "Cannot delete document while it is 'Processing'. Wait for processing to complete or fail.");
}

db::Lock lock_of_document(std::int64_t doc_id) {
    return {.name = fmt::format("document {}", doc_id)};
}

/// Takes the document's rows away, and notes what else there is of it. @return the name of its blob.
/// @param known  the document as it was a moment ago.
Result<std::string> remove_rows(Services& services, const api::Caller& caller, const StoredDocument& known,
                                const db::ForeignKeyList& foreign_keys) {
    const std::int64_t doc_id = known.doc_id;
    const std::vector locks{lock_of_document(doc_id), jobs::BlobDeletions::lock_of(blob_name_of(known))};
    const auto remove = [&](db::Session& session, const api::Caller& actor) -> Result<std::string> {
        const auto document = lock_document(session, actor, doc_id);
        if (!document) {
            return std::unexpected(document.error());
        }
        if (auto allowed = require_may_delete(*document, actor); !allowed) {
            return std::unexpected(allowed.error());
        }
        if (!lock_unless_processing(session, doc_id)) {
            return refuse_processing();
        }
        std::string blob = blob_name_of(*document);
        remove_document(session, doc_id, foreign_keys);
        jobs::BlobDeletions::schedule(session, blob);
        jobs::TextDeletions::schedule(session, doc_id);
        audit::record(session, audit::Action::document_delete, caller.user_id, doc_id, document->filename);
        return blob;
    };
    return api::transact(services.database, caller, locks, remove);
}

Result<> may_still_delete(db::Session& transaction, const api::Caller& caller, std::int64_t doc_id) {
    const auto actor = api::admit_again(transaction, caller);
    if (!actor) {
        return std::unexpected(actor.error());
    }
    const auto document = require_document(transaction, *actor, doc_id);
    if (!document) {
        return std::unexpected(document.error());
    }
    return require_may_delete(*document, *actor);
}

/// In transactions of their own: each looks at the caller before it takes anything away, as the last one will.
Result<> remove_from_index(Services& services, const api::Caller& caller, std::int64_t doc_id) {
    Result<> allowed;
    search::remove_most(services.database, doc_id, [&](db::Session& session) {
        allowed = may_still_delete(session, caller, doc_id);
        return allowed.has_value();
    });
    return allowed;
}

/// As remove_rows(). A table that we know may have been made or dropped since the catalogue was looked at; where one
/// that we do not know refers to the document, it stays, and the log says which.
Result<std::string> remove_and_schedule(Services& services, const api::Caller& caller, const StoredDocument& known) {
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
    return refuse(RefusalCode::document_has_records, "Cannot delete document: related records exist.");
}

}  // namespace

std::optional<std::int64_t> visible_owner(const api::Caller& caller) {
    return caller.is_admin() ? std::nullopt : std::optional(caller.user_id);
}

Result<StoredDocument> require_document(db::Session& session, const api::Caller& caller, std::int64_t doc_id) {
    auto document = find_document(session, doc_id);
    if (!document || !may_see(caller, document->uploaded_by_user_id)) {
        return refuse_unknown(doc_id);
    }
    return std::move(*document);
}

Result<StoredDocument> require_document(Services& services, const api::Caller& caller, std::int64_t doc_id) {
    return services.database.read([&](db::Session& session) { return require_document(session, caller, doc_id); });
}

Result<StoredDocument> lock_document(db::Session& transaction, const api::Caller& caller, std::int64_t doc_id) {
    transaction.lock({lock_of_document(doc_id)});
    return require_document(transaction, caller, doc_id);
}

Result<> require_may_delete(const StoredDocument& document, const api::Caller& caller) {
    if (!may_see(caller, document.uploaded_by_user_id)) {
        return refuse(RefusalCode::deletion_forbidden, "You do not have permission to delete this document.");
    }
    return {};
}

std::string blob_name_of(const StoredDocument& document) {
    return document.blob_name.value_or(blob_name(document.full_path, document.filename));
}

Result<const jobs::Stage*> require_stage(const jobs::Stages& stages, std::string_view name) {
    const jobs::Stage* stage = stages.find(name);
    if (stage == nullptr) {
        return refuse(RefusalCode::stage_unknown, fmt::format("Unknown stage '{}'. Stages: {}", name, stages.names()));
    }
    return stage;
}

Result<DocumentStatus> read_status(Services& services, const api::Caller& caller, std::int64_t doc_id) {
    return services.database.read([&](db::Session& session) -> Result<DocumentStatus> {
        const auto document = require_document(session, caller, doc_id);
        if (!document) {
            return std::unexpected(document.error());
        }
        auto status = find_status(session, *document, jobs::ocr_stage);
        if (!status) {
            return refuse_unknown(doc_id);
        }
        return std::move(*status);
    });
}

Result<DocumentDetails> read_details(Services& services, const api::Caller& caller, std::int64_t doc_id) {
    return services.database.read([&](db::Session& session) -> Result<DocumentDetails> {
        auto details = find_details(session, doc_id);
        if (!details || !may_see(caller, details->uploaded_by_user_id)) {
            return refuse_unknown(doc_id);
        }
        return std::move(*details);
    });
}

Result<DeleteResponse> delete_document(Services& services, const api::Caller& caller, std::int64_t doc_id) {
    const auto document = require_document(services, caller, doc_id);
    if (!document) {
        return std::unexpected(document.error());
    }
    if (auto allowed = require_may_delete(*document, caller); !allowed) {
        return std::unexpected(allowed.error());
    }
    if (document->status == "Processing") {
        return refuse_processing();
    }
    if (auto removed = remove_from_index(services, caller, doc_id); !removed) {
        return std::unexpected(removed.error());
    }
    const auto blob = remove_and_schedule(services, caller, *document);
    if (!blob) {
        return std::unexpected(blob.error());
    }
    services.blob_deletions.try_complete(*blob);
    jobs::TextDeletions(services.database, services.texts).try_complete(doc_id);
    return DeleteResponse{.doc_id = doc_id};
}

}  // namespace nassaq::documents
