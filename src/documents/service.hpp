#pragma once

#include <cstdint>
#include <optional>

#include "api/caller.hpp"
#include "api/services.hpp"
#include "documents/model.hpp"
#include "documents/store.hpp"

/// The rules about reading and deleting documents. All throw http::Problem for what they refuse.
namespace nassaq::documents {

/// Whose documents the caller sees: their own; an administrator all, which is nobody's.
std::optional<std::int64_t> visible_owner(const api::Caller& caller);
/// The document, when the caller may see it: their own, any for an administrator. Another's is as good as none: 404.
StoredDocument require_document(api::Services& services, const api::Caller& caller, std::int64_t doc_id);
StoredDocument require_document(db::Session& session, const api::Caller& caller, std::int64_t doc_id);
/// As require_document(), for a transaction that changes or deletes it: no other does so until that ends.
StoredDocument lock_document(db::Session& transaction, const api::Caller& caller, std::int64_t doc_id);
/// Who sees a document may not always delete it: its owner may, and an administrator; 403 for others.
void require_may_delete(const StoredDocument& document, const api::Caller& caller);
/// Where its bytes are.
std::string blob_name_of(const StoredDocument& document);

/// @throws http::Problem (400) when this installation has no stage of that name.
const jobs::Stage& require_stage(const jobs::Stages& stages, std::string_view name);

DocumentStatus read_status(api::Services& services, const api::Caller& caller, std::int64_t doc_id);
DocumentDetails read_details(api::Services& services, const api::Caller& caller, std::int64_t doc_id);
/// Rows first, in one transaction; the blob then, again and again until it is gone.
DeleteResponse delete_document(api::Services& services, const api::Caller& caller, std::int64_t doc_id);

}  // namespace nassaq::documents
