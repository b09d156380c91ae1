#pragma once

#include <cstdint>

#include "api/caller.hpp"
#include "api/refusal.hpp"
#include "db/session.hpp"

namespace nassaq::groups {

/// In an administrator's transaction. Whoever is in it already stays so. Refuses a group that is not there, and
/// everybody's.
api::Result<> add_to_group(db::Session& transaction, const api::Caller& admin, std::int64_t group_id,
                           std::int64_t user_id);

}  // namespace nassaq::groups
