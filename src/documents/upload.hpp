#pragma once

#include <optional>
#include <string_view>

#include "api/caller.hpp"
#include "api/extract.hpp"
#include "api/refusal.hpp"
#include "documents/model.hpp"
#include "documents/services.hpp"

namespace nassaq::documents {

/// Takes in a new document: spool file → blob → one transaction (document, stage, outbox) → answer (api.md, 5).
/// Whatever fails on the way, nothing of it remains.
/// @param idempotency_key  When given: the same upload with the same key is answered as it was first.
api::Result<UploadResponse> upload_document(Services& services, const api::Caller& caller, http::UploadedFile& file,
                                            const UploadFields& fields,
                                            std::optional<std::string_view> idempotency_key);

}  // namespace nassaq::documents
