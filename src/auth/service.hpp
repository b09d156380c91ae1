#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/caller.hpp"
#include "api/refusal.hpp"
#include "auth/model.hpp"
#include "auth/services.hpp"

/// Registering, logging in, refreshing and logging out.
namespace nassaq::auth {

/// Where a log-in comes from, for the list of sessions.
struct Client {
    std::string_view address;
    std::string_view user_agent;
};

api::Result<users::UserResponse> register_user(Services& services, const RegisterRequest& request);
api::Result<TokenPair> log_in(Services& services, const LoginForm& form, const Client& client);
/// With REFRESH_TOKEN_ROTATION the token is used up by it; one that is used again ends its session (RFC 9700, 4.14.2).
/// @param token  the refresh token, when the request has one.
api::Result<RefreshResponse> refresh(Services& services, std::optional<std::string_view> token);
/// Ends the session of a token. That it has ended already is no error (as RFC 7009, 2.2, has it for revocation).
void log_out(Services& services, const security::Claims& token);

/// The caller's sessions that live.
std::vector<SessionResponse> list_own_sessions(Services& services, const api::Caller& caller);
api::Result<> revoke_own_session(Services& services, const api::Caller& caller, const std::string& jti);

}  // namespace nassaq::auth
