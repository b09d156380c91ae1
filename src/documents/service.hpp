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
/// Where its bytes are.
std::string blob_name_of(const StoredDocument& document);

DocumentStatus read_status(api::Services& services, const api::Caller& caller, std::int64_t doc_id);
DocumentDetails read_details(api::Services& services, const api::Caller& caller, std::int64_t doc_id);
/// Rows first, in one transaction; the blob then, again and again until it is gone.
DeleteResponse delete_document(api::Services& services, const api::Caller& admin, std::int64_t doc_id);

}  // namespace nassaq::documents
