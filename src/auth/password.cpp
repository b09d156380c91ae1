#include "auth/password.hpp"

#include "api/guard.hpp"
#include "audit/audit.hpp"
#include "auth/attempts.hpp"
#include "http/problem.hpp"
#include "security/password.hpp"
#include "users/store.hpp"

namespace nassaq::auth {
namespace {

using audit::Action;
using http::Problem;

std::optional<users::Credentials> find_user(api::Services& services, std::int64_t user_id) {
    return services.database.read([&](db::Session& session) { return users::find_credentials(session, user_id); });
}

}  // namespace

void change_password(api::Services& services, const api::Caller& caller, const ChangePassword& request) {
    count_attempt(services, caller.user_id);
    const auto user = find_user(services, caller.user_id);
    if (!user || !security::verify_password(request.current_password, user->password_hash)) {
        record_failed_attempt(services, user, "wrong password, to change it");
        throw Problem(400, "Incorrect password");
    }
    const std::string password_hash = security::hash_password(request.new_password);
    api::transact_on_user(services, caller, caller.user_id, [&](db::Session& session, const api::Caller&) {
        const auto stored = users::find_credentials(session, caller.user_id);
        if (!stored || stored->password_hash != user->password_hash) {
            throw Problem(400, "Incorrect password");  // Another change was faster.
        }
        users::set_password_hash(session, caller.user_id, password_hash);
        users::end_access(session, caller.user_id, caller.token.session_id);
        audit::record(session, Action::password_change, caller.user_id, caller.user_id);
    });
}

void reset_password(api::Services& services, const api::Caller& admin, std::int64_t user_id,
                    const ResetPassword& request) {
    if (!find_user(services, user_id)) {
        throw Problem(404, "User not found");
    }
    const std::string password_hash = security::hash_password(request.new_password);
    api::transact_on_user(services, admin, user_id, [&](db::Session& session, const api::Caller&) {
        if (!users::find_credentials(session, user_id)) {
            throw Problem(404, "User not found");
        }
        users::set_password_hash(session, user_id, password_hash);
        users::end_access(session, user_id);
        audit::record(session, Action::password_change, admin.user_id, user_id);
    });
}

}  // namespace nassaq::auth
