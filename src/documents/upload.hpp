#pragma once

#include "api/caller.hpp"
#include "api/extract.hpp"
#include "documents/model.hpp"

namespace nassaq::documents {

/// Takes in a new document: spool file → blob → one transaction (document, stage, outbox) → answer (api.md, 5).
/// Whatever fails on the way, nothing of it remains. @throws http::Problem for what it refuses.
UploadResponse upload_document(api::Services& services, const api::Caller& caller, http::UploadedFile& file,
                               const UploadFields& fields);

}  // namespace nassaq::documents
