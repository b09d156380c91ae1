#pragma once

#include <string>
#include <string_view>

#include "api/services.hpp"
#include "auth/model.hpp"

/// Registering, logging in and refreshing. All throw http::Problem for what they refuse.
namespace nassaq::auth {

/// Where a log-in comes from, for the list of sessions.
struct Client {
    std::string_view address;
    std::string_view user_agent;
};

users::UserResponse register_user(api::Services& services, const RegisterRequest& request);
TokenPair log_in(api::Services& services, const LoginForm& form, const Client& client);
/// @param token  the refresh token, when the request has one.
AccessToken refresh(api::Services& services, std::optional<std::string_view> token);

}  // namespace nassaq::auth
