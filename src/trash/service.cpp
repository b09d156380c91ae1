#include "trash/service.hpp"

#include <fmt/format.h>

#include <optional>

#include "access/entries.hpp"
#include "access/rights_store.hpp"
#include "api/guard.hpp"
#include "audit/audit.hpp"
#include "documents/service.hpp"
#include "jobs/text_deletion.hpp"
#include "paths/store.hpp"

namespace nassaq::trash {

using api::Result;

namespace {

/// By the rights of the path that it was in, as that is called now.
bool may(access::Action action, db::Session& session, const api::Caller& caller, const TrashedDocument& document) {
    const auto path = paths::find_path(session, document.path_id);
    return caller.rights->may(action, access::DocumentPlace{.doc_id = document.doc_id,
                                                            .owner_id = document.uploaded_by_user_id,
                                                            .full_path = path ? path->full_path : document.full_path});
}

Result<TrashedDocument> require_trashed(db::Session& session, const api::Caller& caller, std::int64_t doc_id) {
    auto document = find_trashed(session, doc_id, now());
    if (!document || !may(access::Action::document_read, session, caller, *document)) {
        return api::refuse(RefusalCode::document_not_found,
                           fmt::format("Document with id {} is not in the trash.", doc_id));
    }
    return std::move(*document);
}

/// There is no way back from it: so it is for the owner, and for administrators.
Result<TrashedDocument> require_purgeable(db::Session& session, const api::Caller& caller, std::int64_t doc_id) {
    auto document = require_trashed(session, caller, doc_id);
    if (document && document->uploaded_by_user_id != caller.user_id && !caller.is_admin()) {
        return api::refuse(RefusalCode::deletion_forbidden, "You do not have permission to delete this document.");
    }
    return document;
}

TrashFilter filter_of(db::Session& session, const api::Caller& caller, const TrashQuery& query) {
    const bool is_all = query.view ? *query.view == "all" : caller.is_admin();
    if (!is_all) {
        return {.owner = caller.user_id, .reach = {}};
    }
    auto reach = access::reach_of(session, *caller.rights);
    const bool is_everything = reach->kind == access::Reach::Kind::everything;
    return {.owner = query.user_id, .reach = is_everything ? nullptr : std::move(reach)};
}

}  // namespace

Result<TrashedDocument> require_restorable(db::Session& session, const api::Caller& caller, std::int64_t doc_id) {
    auto document = require_trashed(session, caller, doc_id);
    if (document && !may(access::Action::document_delete, session, caller, *document)) {
        return api::refuse(RefusalCode::document_forbidden, "You do not have permission to change this document.");
    }
    return document;
}

TrashList list_trash(Services& services, const api::Caller& caller, const TrashQuery& query) {
    return services.database.read([&](db::Session& session) {
        return list_trashed(session, filter_of(session, caller, query), now(),
                            {.skip = query.skip, .limit = query.limit});
    });
}

std::vector<std::string> purge_rows(db::Session& transaction, texts::TextStore& texts, std::int64_t doc_id) {
    auto places = places_in_trash(transaction, doc_id);
    texts.purge(transaction, doc_id);
    if (!remove_from_trash(transaction, doc_id)) {
        return {};
    }
    for (const std::string& place : places) {
        jobs::BlobDeletions::schedule(transaction, place);
    }
    jobs::TextDeletions::schedule(transaction, doc_id);
    access::remove_entries_at(transaction, {.kind = access::document_kind, .id = doc_id});
    return places;
}

Result<PurgeResponse> purge_document(Services& services, const api::Caller& caller, std::int64_t doc_id) {
    const auto purge = [&](db::Session& session, const api::Caller& actor) -> Result<std::vector<std::string>> {
        const auto document = require_purgeable(session, actor, doc_id);
        if (!document) {
            return std::unexpected(document.error());
        }
        auto places = purge_rows(session, services.texts, doc_id);
        audit::record(session, audit::Action::document_purge, actor.user_id, doc_id, document->filename);
        return places;
    };
    const auto places =
        api::transact(services.database, caller, std::vector{documents::lock_of_document(doc_id)}, purge);
    if (!places) {
        return std::unexpected(places.error());
    }
    for (const std::string& place : *places) {
        services.blob_deletions.try_complete(place);
    }
    jobs::TextDeletions(services.database, services.texts).try_complete(doc_id);
    return PurgeResponse{.doc_id = doc_id};
}

Result<EmptyResponse> empty_trash(Services& services, const api::Caller& caller) {
    const Timestamp time = now();
    const auto expire = [&](db::Session& session, const api::Caller& actor) {
        const std::int64_t expired = expire_some(session, actor.user_id, time);
        if (expired > 0) {
            audit::record(session, audit::Action::document_purge, actor.user_id, std::nullopt,
                          fmt::format("{} documents of the trash", expired));
        }
        return expired;
    };
    for (EmptyResponse emptied;;) {
        const Result<std::int64_t> expired = api::transact(services.database, caller, expire);
        if (!expired) {
            return std::unexpected(expired.error());
        }
        if (*expired == 0) {
            return emptied;
        }
        emptied.documents += *expired;
    }
}

}  // namespace nassaq::trash
