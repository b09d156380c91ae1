#include "api/caller.hpp"

namespace nassaq::api {

std::optional<Caller> find_caller(db::Session& session, std::int64_t user_id) {
    return session.find<Caller>(
        "SELECT u.user_id, u.full_name, u.email, u.username, u.role_id, r.role_name, u.is_active, u.created_at "
        "FROM Users u LEFT JOIN Roles r ON r.role_id = u.role_id WHERE u.user_id = ?",
        user_id);
}

}  // namespace nassaq::api
