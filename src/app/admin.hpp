#pragma once

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "db/database.hpp"

/// What an operator does to accounts from the command line.
namespace nassaq::app {

struct AdminRequest {
    std::string email;
    std::string full_name;
    std::optional<std::string> password;  ///< Without one a new account gets a random one.
};

struct AdminResult {
    std::int64_t user_id = 0;
    bool is_new = false;
    std::optional<std::string> generated_password;  ///< To be shown once.
};

/// What is wrong with a request, a sentence each.
using AdminFaults = std::vector<std::string>;

bool has_active_admin(db::Database& database);
/// Makes an active administrator, or makes one of the account that has this e-mail address; its password stays unless
/// one is given.
std::expected<AdminResult, AdminFaults> create_admin(db::Database& database, const AdminRequest& request);
/// Gives the account a new password and ends all of its sessions.
std::expected<AdminResult, AdminFaults> reset_password(db::Database& database, const std::string& email,
                                                       const std::optional<std::string>& password);

}  // namespace nassaq::app
