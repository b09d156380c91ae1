#pragma once

#include <cstdint>

#include "api/caller.hpp"
#include "api/refusal.hpp"
#include "documents/model.hpp"
#include "documents/services.hpp"

namespace nassaq::documents {

/// Has the text of a document extracted once more. What was extracted before stays until then.
api::Result<DocumentStatus> reprocess_document(Services& services, const api::Caller& caller, std::int64_t doc_id);

}  // namespace nassaq::documents
