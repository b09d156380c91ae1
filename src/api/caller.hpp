#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "db/session.hpp"

namespace nassaq::api {

inline constexpr std::int64_t admin_role_id = 99;

/// Who may call a route (api.md, 2). Each level includes the ones above it.
enum class Level {
    none,          ///< Anyone.
    any_token,     ///< Whoever holds a valid token, access or refresh; the handler takes its Claims.
    current_user,  ///< A user with a valid access token.
    active_user,   ///< One whose account is active.
    admin,         ///< An active one whose role is Admin.
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
    std::string session_id;  ///< Of the token, not of the row; empty for a token that names none.

    [[nodiscard]] bool is_admin() const { return role_id == admin_role_id; }
};
BOOST_DESCRIBE_STRUCT(Caller, (), (user_id, full_name, email, username, role_id, role, is_active, created_at))

/// Reads the user of a token. Nothing when there is no such user any more.
std::optional<Caller> find_caller(db::Session& session, std::int64_t user_id);

}  // namespace nassaq::api
