#include "users/service.hpp"

#include <fmt/format.h>

#include "api/guard.hpp"
#include "audit/audit.hpp"
#include "base/text.hpp"
#include "http/problem.hpp"
#include "users/store.hpp"

namespace nassaq::users {
namespace {

using audit::Action;
using http::Problem;

void require_user(db::Session& session, std::int64_t user_id) {
    if (!find_user(session, user_id)) {
        throw Problem(404, "User not found");
    }
}

/// Refuses a change after which nobody could administer the system. It looks in the transaction of the change.
void require_another_admin(db::Session& session, std::int64_t user_id) {
    session.lock("administrators");  // Or two could be the last but one at the same moment.
    const auto user = api::find_caller(session, user_id);
    if (user && user->is_active && user->is_admin() && count_other_active_admins(session, user_id) == 0) {
        throw Problem(400, "At least one active administrator is required.");
    }
}

bool takes_admin_away(const Changes& changes) {
    return changes.is_active == false || (changes.role_id && *changes.role_id != api::admin_role_id);
}

/// So that what was let in by the old row is not let in again by a later one that is like it.
void end_what_has_changed(db::Session& session, std::int64_t user_id, const Changes& changes) {
    if (changes.is_active == false) {
        end_access(session, user_id);
    } else if (changes.role_id) {
        end_tokens_without_session(session, user_id);
    }
}

/// The names of the fields that change, for the audit log: not their values, which may be personal.
std::string changed_fields(const Changes& changes) {
    std::string names;
    const auto add = [&](bool changed, std::string_view name) {
        if (changed) {
            names.append(names.empty() ? "" : ", ").append(name);
        }
    };
    add(changes.full_name.has_value(), "full_name");
    add(changes.email.has_value(), "email");
    add(changes.username.has_value(), "username");
    add(changes.role_id.has_value(), "role_id");
    add(changes.is_active.has_value(), "is_active");
    return names;
}

Changes changes_of(const UpdateUser& request) {
    Changes changes{.full_name = request.full_name,
                    .email = request.email,
                    .username = request.username,
                    .role_id = {},
                    .is_active = request.is_active};
    if (changes.email) {
        changes.email = text::to_lower(*changes.email);
    }
    if (request.role_id.present) {
        changes.role_id.emplace(request.role_id.value);
    }
    return changes;
}

}  // namespace

UserResponse update_me(api::Services& services, const api::Caller& caller, const UpdateMe& request) {
    const Changes changes{
        .full_name = request.full_name, .email = {}, .username = request.username, .role_id = {}, .is_active = {}};
    const std::string fields = changed_fields(changes);
    if (fields.empty()) {
        throw Problem(400, "No fields to update");
    }
    return api::transact_on_user(services, caller, caller.user_id, [&](db::Session& session, const api::Caller&) {
        if (!update_user(session, caller.user_id, changes)) {
            throw Problem(400, "Username already exists");
        }
        audit::record(session, Action::user_self_update, caller.user_id, caller.user_id, fields);
        return get_user(session, caller.user_id);
    });
}

UserResponse update_user(api::Services& services, const api::Caller& admin, std::int64_t user_id,
                         const UpdateUser& request) {
    const Changes changes = changes_of(request);
    const std::string fields = changed_fields(changes);
    return api::transact_on_user(services, admin, user_id, [&](db::Session& session, const api::Caller&) {
        require_user(session, user_id);
        if (fields.empty()) {
            throw Problem(400, "No fields to update");
        }
        if (changes.role_id && *changes.role_id && !role_exists(session, **changes.role_id)) {
            throw Problem(400, fmt::format("Role with id {} does not exist", **changes.role_id));
        }
        if (takes_admin_away(changes)) {
            require_another_admin(session, user_id);
        }
        if (!update_user(session, user_id, changes)) {
            throw Problem(400, "Username or email already exists");
        }
        end_what_has_changed(session, user_id, changes);
        audit::record(session, Action::user_admin_update, admin.user_id, user_id, fields);
        return get_user(session, user_id);
    });
}

UserResponse activate_user(api::Services& services, const api::Caller& admin, std::int64_t user_id) {
    return api::transact_on_user(services, admin, user_id, [&](db::Session& session, const api::Caller&) {
        require_user(session, user_id);
        Changes changes;
        changes.is_active = true;
        if (!update_user(session, user_id, changes)) {
            throw Problem(400, "Username or email already exists");
        }
        audit::record(session, Action::user_activate, admin.user_id, user_id);
        return get_user(session, user_id);
    });
}

void delete_user(api::Services& services, const api::Caller& admin, std::int64_t user_id) {
    if (user_id == admin.user_id) {
        throw Problem(400, "Cannot delete your own account.");
    }
    const auto foreign_keys = services.foreign_keys.known();
    const auto remove = [&](db::Session& session, const api::Caller&) {
        require_user(session, user_id);
        require_another_admin(session, user_id);
        auto is_removed = remove_user(session, user_id, *foreign_keys);
        if (is_removed == true) {
            audit::record(session, Action::user_delete, admin.user_id, user_id);
        }
        return is_removed;
    };
    auto removed = api::transact_on_user(services, admin, user_id, remove);
    while (removed == false) {
        removed = api::transact_on_user(services, admin, user_id, remove);
    }
    if (!removed) {
        services.foreign_keys.warn_of("Users");
        throw Problem(400, "Cannot delete user: related records exist.");
    }
}

}  // namespace nassaq::users
