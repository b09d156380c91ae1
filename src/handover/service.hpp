#pragma once

#include <cstdint>

#include "api/caller.hpp"
#include "api/refusal.hpp"
#include "documents/model.hpp"
#include "handover/model.hpp"
#include "handover/services.hpp"

/// Documents that become somebody else's.
namespace nassaq::handover {

/// Its owner may, and an administrator; the other has to be active, and to have room for it.
api::Result<documents::DocumentDetails> hand_over_document(Services& services, const api::Caller& caller,
                                                           std::int64_t doc_id, std::int64_t to_user_id);
/// Writes down that all that somebody has goes to somebody else, for Steps, and takes their rights away at once.
api::Result<HandOverState> hand_over_everything(Services& services, const api::Caller& admin, std::int64_t from_user_id,
                                                std::int64_t to_user_id);
api::Result<HandOverState> read_handover(Services& services, std::int64_t from_user_id);

}  // namespace nassaq::handover
