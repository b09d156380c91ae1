#pragma once

#include <boost/describe.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "access/rights.hpp"
#include "access/rights_store.hpp"
#include "base/clock.hpp"
#include "db/session.hpp"
#include "security/jwt.hpp"

namespace nassaq::api {

inline constexpr std::int64_t admin_role_id = 99;

/// Who may call a route (api.md, 2). Each level includes the ones above it.
enum class Level {
    none,            ///< Anyone.
    any_token,       ///< Whoever holds a valid token, access or refresh; the handler takes its Claims.
    current_user,    ///< A user with a valid access token.
    active_account,  ///< One whose account is active.
    active_user,     ///< One who does not have to change the password first.
    admin,           ///< One whose role is Admin.
};

/// The user that a request comes from, as the database has it at this moment.
struct Caller {
    std::int64_t user_id = 0;
    std::string full_name;
    std::string email;
    std::string username;
    std::optional<std::int64_t> role_id;
    std::optional<std::string> role;
    bool is_active = false;
    Timestamp created_at;
    std::optional<Timestamp> tokens_valid_from;  ///< Of tokens without a session, those issued before count no more.
    std::optional<std::string> live_session;     ///< The session that the token names, while it lives.
    std::int64_t entries_version = 0;            ///< Of access::Version.
    std::int64_t folders_version = 0;
    std::optional<std::int64_t>
        temporary_password_of;  ///< The user's id, while an administrator's word is the password.

    // What follows is of the request, not of the database.
    security::Claims token;          ///< By which the caller is known.
    Level level = Level::none;       ///< What the guard has let them in for.
    bool may_outlive_token = false;  ///< Whether the request goes on when the token's time runs out under way.
    std::chrono::steady_clock::time_point seen;  ///< When the database was asked.
    /// What they may do; null until it was asked for.
    std::shared_ptr<const access::Rights> rights;

    [[nodiscard]] bool is_admin() const { return role_id == admin_role_id; }
    [[nodiscard]] bool must_change_password() const { return temporary_password_of.has_value(); }
    [[nodiscard]] access::Person person() const {
        return {.user_id = user_id, .role_id = role_id, .is_admin = is_admin()};
    }
    [[nodiscard]] access::Version rights_version() const {
        return {.entries = entries_version, .folders = folders_version};
    }
    /// Whether the token has not been ended: by the end of its session, or, when it names none as those of the Python
    /// platform do, by a deactivation, or a change of the role or the password.
    [[nodiscard]] bool has_valid_token() const;
};
BOOST_DESCRIBE_STRUCT(Caller, (),
                      (user_id, full_name, email, username, role_id, role, is_active, created_at, tokens_valid_from,
                       live_session, entries_version, folders_version, temporary_password_of))

/// Reads the user of a token, and by the same query whether it has been ended. Nothing when there is no such user any
/// more. @param locks  are taken first, within a transaction.
std::optional<Caller> find_caller(db::Session& session, const security::Claims& token,
                                  std::vector<db::Lock> locks = {});
/// Reads a user of whom no token is at hand.
std::optional<Caller> find_caller(db::Session& session, std::int64_t user_id);
/// Has the caller's rights read, unless they are still those that they had a while ago.
/// @param earlier  the same caller, as they were then
void read_rights(db::Session& session, Caller& caller, const Caller* earlier = nullptr);

/// To be taken first in a transaction that changes or removes the user, or ends a session of theirs (exclusive); or
/// that acts for them (shared), which must not come between.
db::Lock lock_of_user(std::int64_t user_id, db::LockMode mode = db::LockMode::exclusive);
void lock_user(db::Session& transaction, std::int64_t user_id);

}  // namespace nassaq::api
