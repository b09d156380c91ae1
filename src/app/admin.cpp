#include "app/admin.hpp"

#include <boost/json/object.hpp>
#include <stdexcept>

#include "api/caller.hpp"
#include "audit/audit.hpp"
#include "auth/generated_password.hpp"
#include "auth/model.hpp"
#include "auth/username.hpp"
#include "base/text.hpp"
#include "schema/read.hpp"
#include "security/password.hpp"
#include "users/store.hpp"

namespace nassaq::app {
namespace {

/// Holds the account to the rules of a registration.
std::expected<auth::RegisterRequest, AdminFaults> validate(const std::string& email, const std::string& full_name,
                                                           const std::string& password) {
    const boost::json::object body{{"full_name", full_name}, {"email", email}, {"password", password}};
    auth::RegisterRequest valid;
    schema::Errors errors("body");
    schema::read_value(boost::json::value(body), valid, {}, errors);
    AdminFaults faults;
    for (const boost::json::value& error : errors.take()) {
        const auto& location = error.at("loc").as_array();
        faults.push_back(std::string(location.back().as_string()) + ": " + std::string(error.at("msg").as_string()));
    }
    if (!faults.empty()) {
        return std::unexpected(faults);
    }
    return valid;
}

std::int64_t promote(db::Session& session, std::int64_t user_id, const std::optional<std::string>& password_hash) {
    api::lock_user(session, user_id);
    users::Changes changes;
    changes.role_id.emplace(api::admin_role_id);
    changes.is_active = true;
    if (!users::update_user(session, user_id, changes)) {
        throw std::logic_error("a change of role met a unique constraint");
    }
    users::end_tokens_without_session(session, user_id);
    if (password_hash) {
        users::set_password_hash(session, user_id, *password_hash);
        users::end_access(session, user_id);
    }
    audit::record(session, audit::Action::user_admin_update, std::nullopt, user_id, "role_id, is_active");
    return user_id;
}

std::int64_t insert_admin(db::Session& session, const auth::RegisterRequest& account,
                          const std::string& password_hash) {
    const std::string email = text::to_lower(account.email);
    const auto user_id =
        users::insert_user(session, {.full_name = account.full_name,
                                     .email = email,
                                     .username = auth::free_username(session, auth::username_from_email(email)),
                                     .password_hash = password_hash,
                                     .is_active = true,
                                     .role_id = api::admin_role_id});
    if (!user_id) {
        throw std::runtime_error("another process made the account at the same moment; run the command again");
    }
    audit::record(session, audit::Action::user_register, std::nullopt, *user_id);
    return *user_id;
}

}  // namespace

bool has_active_admin(db::Database& database) {
    constexpr std::int64_t nobody = 0;
    return database.read([](db::Session& session) { return users::count_other_active_admins(session, nobody) > 0; });
}

std::expected<AdminResult, AdminFaults> create_admin(db::Database& database, const AdminRequest& request) {
    const auto existing =
        database.read([&](db::Session& session) { return users::find_credentials(session, request.email); });
    AdminResult result{.is_new = !existing};
    std::optional<std::string> password = request.password;
    if (!password && result.is_new) {
        password = result.generated_password = auth::generate_password();
    }
    const auto account = validate(request.email, request.full_name, password ? *password : auth::generate_password());
    if (!account) {
        return std::unexpected(account.error());
    }
    const auto hash = password ? std::optional(security::hash_password(*password)) : std::nullopt;
    result.user_id = database.transaction([&](db::Session& session) {
        return existing ? promote(session, existing->user_id, hash) : insert_admin(session, *account, hash.value());
    });
    return result;
}

std::expected<AdminResult, AdminFaults> reset_password(db::Database& database, const std::string& email,
                                                       const std::optional<std::string>& password) {
    const auto user = database.read([&](db::Session& session) { return users::find_credentials(session, email); });
    if (!user) {
        return std::unexpected(AdminFaults{"email: there is no account with the address " + email});
    }
    AdminResult result{.user_id = user->user_id};
    std::string chosen = password ? *password : (result.generated_password = auth::generate_password()).value();
    const auto length = text::count_code_points(chosen);
    if (length < 8 || length > 64) {
        return std::unexpected(AdminFaults{"password: must have from 8 to 64 characters"});
    }
    if (auto fault = auth::check_password(chosen)) {
        return std::unexpected(AdminFaults{"password: " + *fault});
    }
    const std::string hash = security::hash_password(chosen);
    database.transaction([&](db::Session& session) {
        api::lock_user(session, user->user_id);
        users::set_password_hash(session, user->user_id, hash);
        users::end_access(session, user->user_id);
        audit::record(session, audit::Action::password_change, std::nullopt, user->user_id);
    });
    return result;
}

}  // namespace nassaq::app
