#include "auth/creation.hpp"

#include <fmt/format.h>

#include <expected>
#include <string>
#include <utility>

#include "api/guard.hpp"
#include "audit/audit.hpp"
#include "auth/generated_password.hpp"
#include "auth/username.hpp"
#include "base/text.hpp"
#include "groups/membership.hpp"
#include "homes/service.hpp"
#include "security/password.hpp"
#include "users/store.hpp"

namespace nassaq::auth {
namespace {

using api::refuse;
using api::Result;

constexpr std::int64_t plain_role = 1;

std::unexpected<api::Refusal> refuse_taken(users::Taken taken) {
    return taken == users::Taken::email ? refuse(RefusalCode::email_taken, "Email already registered")
                                        : refuse(RefusalCode::username_taken, "Username already taken");
}

void remember_as_temporary(db::Session& session, std::int64_t user_id) {
    session.execute("INSERT INTO Temporary_Passwords (user_id, created_at) VALUES (?, ?)", user_id, now());
}

Result<users::UserResponse> insert_created(db::Session& session, const api::Caller& admin, const CreateUser& request,
                                           const std::string& password_hash) {
    const std::int64_t role_id = request.role_id.value_or(plain_role);
    if (!users::role_exists(session, role_id)) {
        return refuse(RefusalCode::role_unknown, fmt::format("Role with id {} does not exist", role_id));
    }
    const std::string email = text::to_lower(request.email);
    const auto user_id = users::insert_user(
        session, {.full_name = request.full_name,
                  .email = email,
                  .username = request.username ? *request.username : free_username(session, username_from_email(email)),
                  .password_hash = password_hash,
                  .is_active = true,
                  .role_id = role_id});
    if (!user_id) {
        return refuse_taken(user_id.error());
    }
    remember_as_temporary(session, *user_id);
    audit::record(session, audit::Action::user_create, admin.user_id, *user_id);
    for (const std::int64_t group_id : request.group_ids) {
        if (auto member = groups::add_to_group(session, admin, group_id, *user_id); !member) {
            return std::unexpected(std::move(member.error()));
        }
    }
    return users::get_user(session, *user_id);
}

}  // namespace

Result<CreatedUser> create_user(Services& services, const api::Caller& admin, const CreateUser& request) {
    const std::string password = request.password ? *request.password : generate_password();
    const std::string password_hash = security::hash_password(password);
    const auto create = [&](db::Session& session, const api::Caller& actor) {
        return insert_created(session, actor, request, password_hash);
    };
    auto user = api::transact(services.database, admin, create);
    if (!user) {
        return std::unexpected(std::move(user.error()));
    }
    homes::give_home(services.database, services.settings.home_folders, user->user_id, admin.user_id);
    return CreatedUser{.user = std::move(*user), .password = request.password ? std::nullopt : std::optional(password)};
}

bool use_temporary_password(db::Session& transaction, std::int64_t user_id) {
    const bool is_first =
        transaction.execute("UPDATE Temporary_Passwords SET used_at = ? WHERE user_id = ? AND used_at IS NULL", now(),
                            user_id) > 0;
    return is_first ||
           !transaction.find<std::int64_t>("SELECT user_id FROM Temporary_Passwords WHERE user_id = ?", user_id);
}

}  // namespace nassaq::auth
