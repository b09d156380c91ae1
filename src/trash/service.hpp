#pragma once

#include <cstdint>

#include "api/caller.hpp"
#include "api/refusal.hpp"
#include "trash/model.hpp"
#include "trash/services.hpp"
#include "trash/store.hpp"

/// What is in the trash, and its end.
namespace nassaq::trash {

/// A document in the trash that the caller may bring back: who may delete it may. 404 when they may not even read it.
api::Result<TrashedDocument> require_restorable(db::Session& session, const api::Caller& caller, std::int64_t doc_id);

TrashList list_trash(Services& services, const api::Caller& caller, const TrashQuery& query);
/// Removes a document for good: its rows in one transaction, its blobs and its text then, until they are gone.
api::Result<PurgeResponse> purge_document(Services& services, const api::Caller& caller, std::int64_t doc_id);
/// Has all that the caller has deleted of their own be removed for good, by Emptying.
api::Result<EmptyResponse> empty_trash(Services& services, const api::Caller& caller);

/// In a transaction that holds the document's lock. @return the places whose blobs are to be removed after the commit.
std::vector<std::string> purge_rows(db::Session& transaction, texts::TextStore& texts, std::int64_t doc_id);

}  // namespace nassaq::trash
