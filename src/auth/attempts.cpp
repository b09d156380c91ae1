#include "auth/attempts.hpp"

#include <fmt/format.h>

#include "api/rate_limits.hpp"
#include "audit/audit.hpp"
#include "base/text.hpp"

namespace nassaq::auth {

api::Result<> count_attempt(Services& services, const std::optional<users::Credentials>& user,
                            const std::string& email) {
    if (user) {
        return count_attempt(services, user->user_id);
    }
    return api::count_or_refuse(services.rate_limits.account, "e-mail " + text::to_lower(email));
}

api::Result<> count_attempt(Services& services, std::int64_t user_id) {
    return api::count_or_refuse(services.rate_limits.account, fmt::format("user {}", user_id));
}

void record_failed_attempt(Services& services, const std::optional<users::Credentials>& user, std::string_view why) {
    services.database.transaction([&](db::Session& session) {
        const bool is_there = user && users::find_credentials(session, user->user_id);
        const auto user_id = is_there ? std::optional(user->user_id) : std::nullopt;
        audit::record(session, audit::Action::user_login_failed, user_id, user_id, why);
    });
}

}  // namespace nassaq::auth
