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

/// Whose documents the caller sees: their own; an administrator all, which is nobody's.
std::optional<std::int64_t> visible_owner(const api::Caller& caller);
/// The document, when the caller may see it: their own, any for an administrator. Another's is as good as none: 404.
api::Result<StoredDocument> require_document(Services& services, const api::Caller& caller, std::int64_t doc_id);
api::Result<StoredDocument> require_document(db::Session& session, const api::Caller& caller, std::int64_t doc_id);
/// Held by whoever changes or deletes it, or brings it back.
db::Lock lock_of_document(std::int64_t doc_id);
/// As require_document(), for a transaction that changes or deletes it: no other does so until that ends.
api::Result<StoredDocument> lock_document(db::Session& transaction, const api::Caller& caller, std::int64_t doc_id);
/// Who sees a document may not always delete it: its owner may, and an administrator; 403 for others.
api::Result<> require_may_delete(const StoredDocument& document, const api::Caller& caller);
/// As require_document(), of one that the caller may delete.
api::Result<StoredDocument> require_deletable(db::Session& session, const api::Caller& caller, std::int64_t doc_id);
/// Takes most of a document's words out of the index: what takes long goes before the transaction that changes or
/// deletes it, in transactions of their own, each of which looks at the caller before it takes anything away.
/// @param require  whether the caller may have that done, as they and the document are by then
api::Result<> remove_most_words(db::Database& database, const api::Caller& caller, std::int64_t doc_id,
                                api::Result<StoredDocument> (*require)(db::Session&, const api::Caller&, std::int64_t));

/// Never null: refused (400) when this installation has no stage of that name.
api::Result<const jobs::Stage*> require_stage(const jobs::Stages& stages, std::string_view name);

api::Result<DocumentStatus> read_status(Services& services, const api::Caller& caller, std::int64_t doc_id);
api::Result<DocumentDetails> read_details(Services& services, const api::Caller& caller, std::int64_t doc_id);

}  // namespace nassaq::documents
