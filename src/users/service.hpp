#pragma once

#include <cstdint>

#include "api/caller.hpp"
#include "api/services.hpp"
#include "users/model.hpp"

/// The rules about changing users. Each is one transaction, and throws http::Problem for what it refuses.
namespace nassaq::users {

UserResponse update_me(api::Services& services, const api::Caller& caller, const UpdateMe& request);
UserResponse update_user(api::Services& services, const api::Caller& admin, std::int64_t user_id,
                         const UpdateUser& request);
UserResponse activate_user(api::Services& services, const api::Caller& admin, std::int64_t user_id);
void delete_user(api::Services& services, const api::Caller& admin, std::int64_t user_id);

}  // namespace nassaq::users
