#pragma once

#include <cstdint>

#include "api/caller.hpp"
#include "api/refusal.hpp"
#include "documents/model.hpp"
#include "documents/services.hpp"

namespace nassaq::documents {

/// Has a stage of a document done once more, its text extracted unless another is named. What came of it before stays
/// until then.
api::Result<DocumentStatus> reprocess_document(Services& services, const api::Caller& caller, std::int64_t doc_id,
                                               const StageQuery& query);

}  // namespace nassaq::documents
