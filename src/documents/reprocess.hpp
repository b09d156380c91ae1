#pragma once

#include <cstdint>

#include "api/caller.hpp"
#include "api/services.hpp"
#include "documents/model.hpp"

namespace nassaq::documents {

/// Has the text of a document extracted once more. What was extracted before stays until then.
/// @throws http::Problem for what it refuses.
DocumentStatus reprocess_document(api::Services& services, const api::Caller& caller, std::int64_t doc_id);

}  // namespace nassaq::documents
