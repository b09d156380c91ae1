#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "api/caller.hpp"
#include "api/services.hpp"
#include "http/message.hpp"

namespace nassaq::api {

/// The token of `Authorization: Bearer TOKEN` (RFC 6750, 2.1).
std::optional<std::string_view> bearer_token(const http::Request& request);

/// What the token says, if it is one of this server's and not over.
std::optional<security::Claims> read_token(const Services& services, std::string_view token);

/// Whose valid token the request carries. Its claims are left in the request, for authorize(). Does not block: the
/// token alone is looked at, and whether its user is still there is not known yet.
std::optional<std::int64_t> known_user(const Services& services, http::Request& request);

/// Lets the request through at `level`, leaving the Caller in it (at Level::any_token the Claims), or throws the
/// Problem that api.md, 2, names.
void authorize(Services& services, http::Request& request, Level level);

/// The caller that authorize() has left in the request.
const Caller& caller_of(const http::Request& request);
/// The claims that it has left there at Level::any_token.
const security::Claims& claims_of(const http::Request& request);

}  // namespace nassaq::api
