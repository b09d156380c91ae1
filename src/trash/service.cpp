#include "trash/service.hpp"

#include <fmt/format.h>

#include <optional>

#include "api/guard.hpp"
#include "audit/audit.hpp"
#include "documents/service.hpp"
#include "jobs/text_deletion.hpp"

namespace nassaq::trash {

using api::Result;

Result<TrashedDocument> require_trashed(db::Session& session, const api::Caller& caller, std::int64_t doc_id) {
    auto document = find_trashed(session, doc_id, now());
    const auto owner = documents::visible_owner(caller);
    if (!document || (owner && document->uploaded_by_user_id != *owner)) {
        return api::refuse(RefusalCode::document_not_found,
                           fmt::format("Document with id {} is not in the trash.", doc_id));
    }
    return std::move(*document);
}

TrashList list_trash(Services& services, const api::Caller& caller, const TrashQuery& query) {
    const auto own = documents::visible_owner(caller);
    return services.database.read([&](db::Session& session) {
        return list_trashed(session, own ? own : query.user_id, now(), {.skip = query.skip, .limit = query.limit});
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
    return places;
}

Result<PurgeResponse> purge_document(Services& services, const api::Caller& caller, std::int64_t doc_id) {
    const auto purge = [&](db::Session& session, const api::Caller& actor) -> Result<std::vector<std::string>> {
        const auto document = require_trashed(session, actor, doc_id);
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
