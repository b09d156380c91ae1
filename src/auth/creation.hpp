#pragma once

#include <cstdint>

#include "api/caller.hpp"
#include "api/refusal.hpp"
#include "auth/model.hpp"
#include "auth/services.hpp"

/// Accounts that administrators make, and their passwords for one log-in.
namespace nassaq::auth {

/// Active from the start, with a role and in groups. Hashes, which takes a quarter of a second.
api::Result<CreatedUser> create_user(Services& services, const api::Caller& admin, const CreateUser& request);

/// In the transaction of a log-in with the right password.
/// @return false when it was for one log-in, and that has been.
bool use_temporary_password(db::Session& transaction, std::int64_t user_id);

}  // namespace nassaq::auth
