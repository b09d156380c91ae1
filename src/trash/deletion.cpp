#include "trash/deletion.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "access/entries.hpp"
#include "api/guard.hpp"
#include "audit/audit.hpp"
#include "documents/service.hpp"
#include "documents/store.hpp"
#include "files/old_place.hpp"
#include "files/places.hpp"
#include "jobs/text_deletion.hpp"
#include "search/indexing.hpp"
#include "trash/store.hpp"

namespace nassaq::trash {
namespace {

using api::refuse;
using api::Result;
using documents::StoredDocument;

std::unexpected<api::Refusal> refuse_processing() {
    return refuse(RefusalCode::document_busy,
                  "Cannot delete document while it is 'Processing'. Wait for processing to complete or fail.");
}

/// What has become of a document.
struct Deleted {
    bool is_in_trash = false;
    std::vector<std::string> places;  ///< Of one that is not: blobs to be removed.
};

/// The document, which nobody else changes until the transaction ends.
Result<StoredDocument> lock_to_delete(db::Session& session, const api::Caller& actor, std::int64_t doc_id) {
    auto document = documents::lock_document_to(access::Action::document_delete, session, actor, doc_id);
    if (document && !documents::lock_unless_processing(session, doc_id)) {
        return refuse_processing();
    }
    return document;
}

Deleted put_into_trash(Services& services, db::Session& session, std::int64_t doc_id, const api::Caller& actor,
                       const db::ForeignKeyList& foreign_keys) {
    const Timestamp time = now();
    files::take_in(session, doc_id);
    copy_into_trash(session, doc_id, actor.user_id, time, time + services.settings.trash_retention, foreign_keys);
    services.texts.put_into_trash(session, doc_id);
    return {.is_in_trash = true, .places = {}};
}

/// When its rows are gone.
void schedule_removals(db::Session& session, std::int64_t doc_id, const Deleted& deleted) {
    for (const std::string& place : deleted.places) {
        jobs::BlobDeletions::schedule(session, place);
    }
    jobs::TextDeletions::schedule(session, doc_id);
    access::remove_entries_at(session, {.kind = access::document_kind, .id = doc_id});
}

Result<Deleted> remove_document(Services& services, const api::Caller& caller, std::int64_t doc_id,
                                const db::ForeignKeyList& foreign_keys) {
    const std::vector locks{documents::lock_of_document(doc_id)};
    const auto remove = [&](db::Session& session, const api::Caller& actor) -> Result<Deleted> {
        const auto document = lock_to_delete(session, actor, doc_id);
        if (!document) {
            return std::unexpected(document.error());
        }
        const bool is_kept =
            services.settings.trash_retention > std::chrono::days{0} && services.upgrade.is_finished(session);
        Deleted deleted = is_kept ? put_into_trash(services, session, doc_id, actor, foreign_keys)
                                  : Deleted{.places = files::places_of(session, doc_id)};
        remove_rows(session, doc_id, foreign_keys);
        if (!is_kept) {
            schedule_removals(session, doc_id, deleted);
        }
        audit::record(session, audit::Action::document_delete, caller.user_id, doc_id, document->filename);
        return deleted;
    };
    return api::transact(services.database, caller, locks, remove);
}

/// A table that we know may have been made or dropped since the catalogue was looked at; where one that we do not know
/// refers to the document, it stays, and the log says which.
Result<Deleted> remove_or_refuse(Services& services, const api::Caller& caller, std::int64_t doc_id) {
    try {
        return remove_document(services, caller, doc_id, *services.foreign_keys.known());
    } catch (const db::Error& error) {
        const bool may_be_another_table =
            error.kind() == db::ErrorKind::foreign_key_violation || error.kind() == db::ErrorKind::other;
        if (!may_be_another_table) throw;
    }
    try {
        return remove_document(services, caller, doc_id, *services.foreign_keys.look_again());
    } catch (const db::Error& error) {
        if (error.kind() != db::ErrorKind::foreign_key_violation) throw;
    }
    services.foreign_keys.warn_of("Documents");
    return refuse(RefusalCode::document_has_records, "Cannot delete document: related records exist.");
}

/// Refuses before anything is changed.
Result<> look_before(Services& services, const api::Caller& caller, std::int64_t doc_id) {
    return services.database.read([&](db::Session& session) -> Result<> {
        const auto document = documents::require_document_to(access::Action::document_delete, session, caller, doc_id);
        if (!document) {
            return std::unexpected(document.error());
        }
        return document->status == "Processing" ? Result<>(refuse_processing()) : Result<>();
    });
}

}  // namespace

Result<DeleteResponse> delete_document(Services& services, const api::Caller& caller, std::int64_t doc_id) {
    if (auto possible = look_before(services, caller, doc_id); !possible) {
        return std::unexpected(possible.error());
    }
    if (auto removed = documents::remove_most_words(access::Action::document_delete, services.database, caller, doc_id);
        !removed) {
        return std::unexpected(removed.error());
    }
    const auto deleted = remove_or_refuse(services, caller, doc_id);
    if (!deleted) {
        return std::unexpected(deleted.error());
    }
    for (const std::string& place : deleted->places) {
        services.blob_deletions.try_complete(place);
    }
    if (!deleted->is_in_trash) {
        jobs::TextDeletions(services.database, services.texts).try_complete(doc_id);
    }
    return DeleteResponse{.doc_id = doc_id};
}

}  // namespace nassaq::trash
