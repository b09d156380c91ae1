#pragma once

#include <cstdint>

#include "api/caller.hpp"
#include "api/services.hpp"
#include "auth/model.hpp"

/// Changing passwords. Both hash, which takes a quarter of a second, and throw http::Problem for what they refuse.
namespace nassaq::auth {

/// The caller's own, who must know it; their other sessions end.
void change_password(api::Services& services, const api::Caller& caller, const ChangePassword& request);
/// Anybody's, by an administrator; all sessions of that user end.
void reset_password(api::Services& services, const api::Caller& admin, std::int64_t user_id,
                    const ResetPassword& request);

}  // namespace nassaq::auth
