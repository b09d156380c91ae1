#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "api/caller.hpp"
#include "api/services.hpp"
#include "http/endpoint.hpp"
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
/// Problem that api.md, 2, names. Called again behind the body it looks again, and leaves the Caller as they are then.
/// @param body  While a multipart body comes in, which may take longer than a token lives, the token may run out; and
/// when it came within a second, the second look is left to the transaction.
void authorize(Services& services, http::Request& request, Level level, http::BodyKind body = http::BodyKind::memory);
/// The caller that authorize() has left in the request.
const Caller& caller_of(const http::Request& request);
/// The claims that it has left there at Level::any_token.
const security::Claims& claims_of(const http::Request& request);

namespace detail {

/// Keeps the caller as they are until the transaction ends, and `changed_user`, if there is one, for its changes alone;
/// then takes the other locks.
/// @return the caller as they are. @throws http::Problem (401, 403) when the guard would not let them in any more.
Caller admit_again(db::Session& transaction, const Caller& caller, std::optional<std::int64_t> changed_user = {},
                   const std::vector<db::Lock>& other_locks = {});

}  // namespace detail

/// Runs `work(Session&, const Caller&)` in a transaction, as Database::transaction() does, on behalf of a caller whom
/// the guard let in a while ago: they may have lost their role, their account or their session since, and are refused
/// then as the guard would refuse them. `work` gets them as they are now. Every handler that writes does so by it.
template <class Work>
auto transact(Services& services, const Caller& caller, Work work) {
    return services.database.transaction(
        [&](db::Session& session) { return work(session, detail::admit_again(session, caller)); });
}

/// The same for work that is known to take these locks, in this order: they come with the caller's, in one round trip.
template <class Work>
auto transact(Services& services, const Caller& caller, const std::vector<db::Lock>& locks, Work work) {
    return services.database.transaction(
        [&](db::Session& session) { return work(session, detail::admit_again(session, caller, {}, locks)); });
}

/// The same for work that changes or removes a user, or ends sessions of theirs.
template <class Work>
auto transact_on_user(Services& services, const Caller& caller, std::int64_t user_id, Work work) {
    return services.database.transaction(
        [&](db::Session& session) { return work(session, detail::admit_again(session, caller, user_id)); });
}

/// As transact() does it, for work that takes many transactions: to be called at the head of each that writes.
/// @return the caller as they are now. @throws http::Problem (401, 403) when the guard would refuse them.
inline Caller admit_again(db::Session& transaction, const Caller& caller) {
    return detail::admit_again(transaction, caller);
}

}  // namespace nassaq::api
