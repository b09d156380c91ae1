#pragma once

#include <cstdint>

#include "api/caller.hpp"
#include "api/refusal.hpp"
#include "permissions/model.hpp"
#include "permissions/services.hpp"

namespace nassaq::permissions {

/// What somebody may do with it, and why: which entry says so. Told to those who may share it; to others of themselves.
api::Result<AccessExplanation> explain_document_access(Services& services, const api::Caller& caller,
                                                       std::int64_t doc_id, std::int64_t user_id);
api::Result<AccessExplanation> explain_path_access(Services& services, const api::Caller& caller, std::int64_t path_id,
                                                   std::int64_t user_id);

}  // namespace nassaq::permissions
