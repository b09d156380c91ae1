#include "auth/password.hpp"

#include "audit/audit.hpp"
#include "auth/sessions.hpp"
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
    const auto user = find_user(services, caller.user_id);
    if (!user || !security::verify_password(request.current_password, user->password_hash)) {
        throw Problem(400, "Incorrect password");
    }
    const std::string password_hash = security::hash_password(request.new_password);
    services.database.transaction([&](db::Session& session) {
        lock_password(session, caller.user_id);
        const auto stored = users::find_credentials(session, caller.user_id);
        if (!stored || stored->password_hash != user->password_hash) {
            throw Problem(400, "Incorrect password");  // Another change was faster.
        }
        users::set_password_hash(session, caller.user_id, password_hash);
        end_other_sessions(session, caller.user_id, caller.session_id);
        audit::record(session, Action::password_change, caller.user_id, caller.user_id);
    });
}

void reset_password(api::Services& services, const api::Caller& admin, std::int64_t user_id,
                    const ResetPassword& request) {
    if (!find_user(services, user_id)) {
        throw Problem(404, "User not found");
    }
    const std::string password_hash = security::hash_password(request.new_password);
    services.database.transaction([&](db::Session& session) {
        lock_password(session, user_id);
        if (!users::find_credentials(session, user_id)) {
            throw Problem(404, "User not found");
        }
        users::set_password_hash(session, user_id, password_hash);
        end_sessions(session, user_id);
        audit::record(session, Action::password_change, admin.user_id, user_id);
    });
}

}  // namespace nassaq::auth
