#pragma once

#include <cstdint>

#include "api/caller.hpp"
#include "api/refusal.hpp"
#include "auth/model.hpp"
#include "auth/services.hpp"

/// Changing passwords. Both hash, which takes a quarter of a second.
namespace nassaq::auth {

/// The caller's own, who must know it; their other sessions end.
api::Result<> change_password(Services& services, const api::Caller& caller, const ChangePassword& request);
/// Anybody's, by an administrator; all sessions of that user end.
api::Result<> reset_password(Services& services, const api::Caller& admin, std::int64_t user_id,
                             const ResetPassword& request);

}  // namespace nassaq::auth
