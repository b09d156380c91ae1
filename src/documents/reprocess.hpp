#pragma once

#include <cstdint>

#include "api/caller.hpp"
#include "api/services.hpp"
#include "documents/model.hpp"

namespace nassaq::documents {

/// Has a stage of a document done once more, its text extracted unless another is named. What came of it before stays
/// until then. @throws http::Problem for what it refuses.
DocumentStatus reprocess_document(api::Services& services, const api::Caller& caller, std::int64_t doc_id,
                                  const StageQuery& query);

}  // namespace nassaq::documents
