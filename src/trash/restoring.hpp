#pragma once

#include <cstdint>

#include "api/caller.hpp"
#include "api/refusal.hpp"
#include "documents/model.hpp"
#include "trash/model.hpp"
#include "trash/services.hpp"

namespace nassaq::trash {

/// Brings a document back from the trash with all that it was, under its old id. Where its name is taken by now a free
/// one is proposed (409); its path may be gone.
api::Result<documents::DocumentDetails> restore_document(Services& services, const api::Caller& caller,
                                                         std::int64_t doc_id, const RestoreQuery& query);

}  // namespace nassaq::trash
