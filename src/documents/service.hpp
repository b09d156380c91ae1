#pragma once

#include <cstdint>
#include <optional>

#include "api/caller.hpp"
#include "api/refusal.hpp"
#include "documents/model.hpp"
#include "documents/services.hpp"
#include "documents/store.hpp"

/// The rules about who may read and change documents.
namespace nassaq::documents {

/// Whether the caller may read what is their own: whose role forbids it is told nothing of it.
bool may_read_own(const api::Caller& caller);
/// The document, when the caller may read it. Any other is as good as none: 404.
api::Result<StoredDocument> require_document(Services& services, const api::Caller& caller, std::int64_t doc_id);
api::Result<StoredDocument> require_document(db::Session& session, const api::Caller& caller, std::int64_t doc_id);
/// Who may read a document may not do everything with it: 403.
api::Result<> require_may(access::Action action, const StoredDocument& document, const api::Caller& caller);
/// As require_document(), and that the caller may do this with it.
api::Result<StoredDocument> require_document_to(access::Action action, db::Session& session, const api::Caller& caller,
                                                std::int64_t doc_id);
/// Held by whoever changes or deletes it, or brings it back.
db::Lock lock_of_document(std::int64_t doc_id);
/// As require_document_to(), for a transaction that does it: no other changes or deletes it until that ends.
api::Result<StoredDocument> lock_document_to(access::Action action, db::Session& transaction, const api::Caller& caller,
                                             std::int64_t doc_id);
/// Takes most of a document's words out of the index: what takes long goes before the transaction that changes or
/// deletes it, in transactions of their own, each of which looks at the caller before it takes anything away.
/// @param action  which the caller must be allowed, as they and the document are by then
api::Result<> remove_most_words(access::Action action, db::Database& database, const api::Caller& caller,
                                std::int64_t doc_id);

/// Never null: refused (400) when this installation has no stage of that name.
api::Result<const jobs::Stage*> require_stage(const jobs::Stages& stages, std::string_view name);

api::Result<DocumentStatus> read_status(Services& services, const api::Caller& caller, std::int64_t doc_id);
api::Result<DocumentDetails> read_details(Services& services, const api::Caller& caller, std::int64_t doc_id);

}  // namespace nassaq::documents
