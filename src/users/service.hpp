#pragma once

#include <cstdint>

#include "api/caller.hpp"
#include "api/refusal.hpp"
#include "users/model.hpp"
#include "users/services.hpp"

/// The rules about changing users. Each is one transaction.
namespace nassaq::users {

api::Result<UserResponse> update_me(Services& services, const api::Caller& caller, const UpdateMe& request);
api::Result<UserResponse> update_user(Services& services, const api::Caller& admin, std::int64_t user_id,
                                      const UpdateUser& request);
api::Result<UserResponse> activate_user(Services& services, const api::Caller& admin, std::int64_t user_id);
api::Result<> delete_user(Services& services, const api::Caller& admin, std::int64_t user_id);

}  // namespace nassaq::users
