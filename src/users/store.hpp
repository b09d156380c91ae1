#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/foreign_keys.hpp"
#include "db/session.hpp"
#include "users/model.hpp"

/// The SQL of the Users table. E-mail addresses and user names compare without case.
namespace nassaq::users {

/// A user as logging in needs it.
struct Credentials {
    std::int64_t user_id = 0;
    std::string password_hash;
    bool is_active = false;
    std::optional<std::int64_t> role_id;
};
BOOST_DESCRIBE_STRUCT(Credentials, (), (user_id, password_hash, is_active, role_id))

struct NewUser {
    std::string full_name;
    std::string email;
    std::string username;
    std::string password_hash;
    bool is_active = false;
    std::optional<std::int64_t> role_id;
};

/// What of a user is to change; what is empty stays.
struct Changes {
    std::optional<std::string> full_name;
    std::optional<std::string> email;
    std::optional<std::string> username;
    std::optional<std::optional<std::int64_t>> role_id;
    std::optional<bool> is_active;
};

/// Another user has it already.
enum class Taken { email, username };
enum class RemoveError { has_related_records };

std::optional<UserResponse> find_user(db::Session& session, std::int64_t user_id);
/// A user who is there for certain, because this transaction has made, changed or locked them.
UserResponse get_user(db::Session& transaction, std::int64_t user_id);
std::optional<Credentials> find_credentials(db::Session& session, const std::string& email);
std::optional<Credentials> find_credentials(db::Session& session, std::int64_t user_id);
/// As find_credentials(). Until the transaction ends nobody else changes or removes the user.
std::optional<Credentials> lock_credentials(db::Session& transaction, std::int64_t user_id);
std::vector<UserResponse> list_users(db::Session& session, std::optional<bool> is_active, db::Paging page);
bool is_email_taken(db::Session& session, const std::string& email);
bool is_username_taken(db::Session& session, const std::string& username);
bool role_exists(db::Session& session, std::int64_t role_id);
/// Active administrators besides this user.
std::int64_t count_other_active_admins(db::Session& session, std::int64_t user_id);

/// @return the new user's id.
std::expected<std::int64_t, Taken> insert_user(db::Session& session, const NewUser& user);
std::expected<void, Taken> update_user(db::Session& session, std::int64_t user_id, const Changes& changes);
/// One that its owner has chosen, or that an administrator has given them for good.
void set_password_hash(db::Session& session, std::int64_t user_id, const std::string& password_hash);
/// Ends the user's sessions but the one named (an empty name spares none), and with them their tokens; and the tokens
/// without a session that were issued so far.
void end_access(db::Session& transaction, std::int64_t user_id, std::string_view spared_session = {});
/// Ends the latter only. They know their time to the second, so those of the present second end, too.
void end_tokens_without_session(db::Session& transaction, std::int64_t user_id);
/// Removes an account. Its audit rows stay, without a name to them. Where these are many, only some are seen to, and
/// the account is deactivated until a later call, in a transaction of its own, removes it.
/// @param foreign_keys  those of other programs' tables: what refers to the account by one stands in the way.
/// @return whether the account is gone.
std::expected<bool, RemoveError> remove_user(db::Session& session, std::int64_t user_id,
                                             const db::ForeignKeyList& foreign_keys);

}  // namespace nassaq::users
