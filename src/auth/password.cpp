#include "auth/password.hpp"

#include "api/guard.hpp"
#include "audit/audit.hpp"
#include "auth/attempts.hpp"
#include "security/password.hpp"
#include "users/store.hpp"

namespace nassaq::auth {
namespace {

using api::refuse;
using api::Result;
using audit::Action;

std::optional<users::Credentials> find_user(Services& services, std::int64_t user_id) {
    return services.database.read([&](db::Session& session) { return users::find_credentials(session, user_id); });
}

std::unexpected<api::Refusal> refuse_password() {
    return refuse(RefusalCode::password_incorrect, "Incorrect password");
}

std::unexpected<api::Refusal> refuse_user() {
    return refuse(RefusalCode::user_not_found, "User not found");
}

}  // namespace

Result<> change_password(Services& services, const api::Caller& caller, const ChangePassword& request) {
    if (auto counted = count_attempt(services, caller.user_id); !counted) {
        return counted;
    }
    const auto user = find_user(services, caller.user_id);
    if (!user || !security::verify_password(request.current_password, user->password_hash)) {
        record_failed_attempt(services, user, "wrong password, to change it");
        return refuse_password();
    }
    const std::string password_hash = security::hash_password(request.new_password);
    const auto change = [&](db::Session& session, const api::Caller&) -> Result<> {
        const auto stored = users::find_credentials(session, caller.user_id);
        if (!stored || stored->password_hash != user->password_hash) {
            return refuse_password();  // Another change was faster.
        }
        users::set_password_hash(session, caller.user_id, password_hash);
        users::end_access(session, caller.user_id, caller.token.session_id);
        audit::record(session, Action::password_change, caller.user_id, caller.user_id);
        return {};
    };
    return api::transact_on_user(services.database, caller, caller.user_id, change);
}

Result<> reset_password(Services& services, const api::Caller& admin, std::int64_t user_id,
                        const ResetPassword& request) {
    if (!find_user(services, user_id)) {
        return refuse_user();
    }
    const std::string password_hash = security::hash_password(request.new_password);
    const auto reset = [&](db::Session& session, const api::Caller&) -> Result<> {
        if (!users::find_credentials(session, user_id)) {
            return refuse_user();
        }
        users::set_password_hash(session, user_id, password_hash);
        users::end_access(session, user_id);
        audit::record(session, Action::password_change, admin.user_id, user_id);
        return {};
    };
    return api::transact_on_user(services.database, admin, user_id, reset);
}

}  // namespace nassaq::auth
