#pragma once

#include <cstdint>

#include "api/caller.hpp"
#include "api/refusal.hpp"
#include "documents/model.hpp"
#include "documents/services.hpp"

namespace nassaq::documents {

/// Renames, moves and describes a document. Its blob stays where it is, under the name that it has.
api::Result<DocumentDetails> update_document(Services& services, const api::Caller& caller, std::int64_t doc_id,
                                             const UpdateDocument& request);

}  // namespace nassaq::documents
