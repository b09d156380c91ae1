#pragma once

#include <optional>
#include <string_view>

#include "api/caller.hpp"
#include "api/refusal.hpp"
#include "base/spool.hpp"
#include "documents/services.hpp"
#include "documents/upload_model.hpp"

namespace nassaq::documents {

/// Takes in a new document: spool file → blob → one transaction (document, stage, outbox) → answer (api.md, 5).
/// Whatever fails on the way, nothing of it remains. Where the bytes come from makes no difference: a form, or a
/// folder.
/// @param content  finished  @param name  as whoever brings it calls it
/// @param idempotency_key  When given: the same upload with the same key is answered as it was first.
api::Result<UploadResponse> upload_document(Services& services, const api::Caller& caller, SpoolFile& content,
                                            std::string_view name, const UploadFields& fields,
                                            std::optional<std::string_view> idempotency_key);

}  // namespace nassaq::documents
