#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "api/caller.hpp"
#include "api/refusal.hpp"
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

/// Lets the request through at `level`, leaving the Caller in it (at Level::any_token the Claims), or refuses it as
/// api.md, 2, says. Called again behind the body it looks again, and leaves the Caller as they are then.
/// @param body  While a multipart body comes in, which may take longer than a token lives, the token may run out; and
/// when it came within a second, the second look is left to the transaction.
Result<> authorize(Services& services, http::Request& request, Level level,
                   http::BodyKind body = http::BodyKind::memory);
/// As whoever is no administrator is refused where only they may (api.md, 2): 403.
std::unexpected<Refusal> refuse_authority();
/// The caller that authorize() has left in the request.
const Caller& caller_of(const http::Request& request);
/// The claims that it has left there at Level::any_token.
const security::Claims& claims_of(const http::Request& request);

namespace detail {

/// Keeps the caller as they are until the transaction ends, and `changed_user`, if there is one, for its changes alone;
/// then takes the other locks.
/// @return the caller as they are, or as the guard would refuse them by now (401, 403).
Result<Caller> admit_again(db::Session& transaction, const Caller& caller,
                           std::optional<std::int64_t> changed_user = {},
                           const std::vector<db::Lock>& other_locks = {});

template <class T>
struct WithRefusal {
    using Type = Result<T>;
};
template <class T, class Error>
struct WithRefusal<std::expected<T, Error>>;  // Another error would be taken for a success, and committed.
template <class T>
struct WithRefusal<Result<T>> {
    using Type = Result<T>;
};

/// What a transaction gives whose work is this.
template <class Work>
using Transacted = WithRefusal<std::invoke_result_t<Work&, db::Session&, const Caller&>>::Type;

template <class Work>
Transacted<Work> work_for(const Result<Caller>& caller, db::Session& session, Work& work) {
    if (!caller) {
        return std::unexpected(caller.error());
    }
    if constexpr (std::is_void_v<std::invoke_result_t<Work&, db::Session&, const Caller&>>) {
        work(session, *caller);
        return {};
    } else {
        return work(session, *caller);
    }
}

}  // namespace detail

/// Runs `work(Session&, const Caller&)` in a transaction, as Database::transaction() does, on behalf of a caller whom
/// the guard let in a while ago: they may have lost their role, their account or their session since, and are refused
/// then as the guard would refuse them. `work` gets them as they are now; a refusal of its own (a Result) rolls back.
/// Every handler that writes does so by it.
/// @return a Result of what `work` returns.
template <class Work>
auto transact(db::Database& database, const Caller& caller, Work work) {
    return database.transaction(
        [&](db::Session& session) { return detail::work_for(detail::admit_again(session, caller), session, work); });
}

/// The same for work that is known to take these locks, in this order: they come with the caller's, in one round trip.
template <class Work>
auto transact(db::Database& database, const Caller& caller, const std::vector<db::Lock>& locks, Work work) {
    return database.transaction([&](db::Session& session) {
        return detail::work_for(detail::admit_again(session, caller, {}, locks), session, work);
    });
}

/// The same for work that changes or removes a user, or ends sessions of theirs.
template <class Work>
auto transact_on_user(db::Database& database, const Caller& caller, std::int64_t user_id, Work work) {
    return database.transaction([&](db::Session& session) {
        return detail::work_for(detail::admit_again(session, caller, user_id), session, work);
    });
}

/// As transact() does it, for work that takes many transactions: to be called at the head of each that writes.
/// @return the caller as they are, or as the guard would refuse them by now (401, 403).
inline Result<Caller> admit_again(db::Session& transaction, const Caller& caller) {
    return detail::admit_again(transaction, caller);
}

}  // namespace nassaq::api
