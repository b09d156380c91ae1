#pragma once

#include <cstdint>

#include "api/caller.hpp"
#include "api/services.hpp"
#include "documents/model.hpp"

namespace nassaq::documents {

/// Renames, moves and describes a document. Its blob stays where it is, under the name that it has.
/// @throws http::Problem for what it refuses.
DocumentDetails update_document(api::Services& services, const api::Caller& caller, std::int64_t doc_id,
                                const UpdateDocument& request);

}  // namespace nassaq::documents
