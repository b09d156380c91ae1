#include "users/service.hpp"

#include <fmt/format.h>

#include "api/guard.hpp"
#include "audit/audit.hpp"
#include "base/text.hpp"
#include "homes/service.hpp"
#include "users/store.hpp"

namespace nassaq::users {
namespace {

using api::refuse;
using api::Result;
using audit::Action;

Result<> require_user(db::Session& session, std::int64_t user_id) {
    if (!find_user(session, user_id)) {
        return refuse(RefusalCode::user_not_found, "User not found");
    }
    return {};
}

/// Refuses a change after which nobody could administer the system. It looks in the transaction of the change.
Result<> require_another_admin(db::Session& session, std::int64_t user_id) {
    session.lock("administrators");  // Or two could be the last but one at the same moment.
    const auto user = api::find_caller(session, user_id);
    if (user && user->is_active && user->is_admin() && count_other_active_admins(session, user_id) == 0) {
        return refuse(RefusalCode::last_administrator, "At least one active administrator is required.");
    }
    return {};
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

Result<UserResponse> update_me(Services& services, const api::Caller& caller, const UpdateMe& request) {
    const Changes changes{
        .full_name = request.full_name, .email = {}, .username = request.username, .role_id = {}, .is_active = {}};
    const std::string fields = changed_fields(changes);
    if (fields.empty()) {
        return refuse(RefusalCode::no_fields_to_update, "No fields to update");
    }
    const auto update = [&](db::Session& session, const api::Caller&) -> Result<UserResponse> {
        if (!update_user(session, caller.user_id, changes)) {
            return refuse(RefusalCode::username_taken, "Username already exists");
        }
        audit::record(session, Action::user_self_update, caller.user_id, caller.user_id, fields);
        return get_user(session, caller.user_id);
    };
    return api::transact_on_user(services.database, caller, caller.user_id, update);
}

Result<UserResponse> update_user(Services& services, const api::Caller& admin, std::int64_t user_id,
                                 const UpdateUser& request) {
    const Changes changes = changes_of(request);
    const std::string fields = changed_fields(changes);
    const auto update = [&](db::Session& session, const api::Caller&) -> Result<UserResponse> {
        if (auto there = require_user(session, user_id); !there) {
            return std::unexpected(there.error());
        }
        if (fields.empty()) {
            return refuse(RefusalCode::no_fields_to_update, "No fields to update");
        }
        if (changes.role_id && *changes.role_id && !role_exists(session, **changes.role_id)) {
            return refuse(RefusalCode::role_unknown, fmt::format("Role with id {} does not exist", **changes.role_id));
        }
        if (takes_admin_away(changes)) {
            if (auto another = require_another_admin(session, user_id); !another) {
                return std::unexpected(another.error());
            }
        }
        if (!update_user(session, user_id, changes)) {
            return refuse(RefusalCode::username_or_email_taken, "Username or email already exists");
        }
        end_what_has_changed(session, user_id, changes);
        audit::record(session, Action::user_admin_update, admin.user_id, user_id, fields);
        return get_user(session, user_id);
    };
    return api::transact_on_user(services.database, admin, user_id, update);
}

Result<UserResponse> activate_user(Services& services, const api::Caller& admin, std::int64_t user_id) {
    const auto activate = [&](db::Session& session, const api::Caller&) -> Result<UserResponse> {
        if (auto there = require_user(session, user_id); !there) {
            return std::unexpected(there.error());
        }
        Changes changes;
        changes.is_active = true;
        if (!update_user(session, user_id, changes)) {
            return refuse(RefusalCode::username_or_email_taken, "Username or email already exists");
        }
        audit::record(session, Action::user_activate, admin.user_id, user_id);
        return get_user(session, user_id);
    };
    return api::transact_on_user(services.database, admin, user_id, activate);
}

Result<> delete_user(Services& services, const api::Caller& admin, std::int64_t user_id) {
    if (user_id == admin.user_id) {
        return refuse(RefusalCode::own_account, "Cannot delete your own account.");
    }
    const auto foreign_keys = services.foreign_keys.known();
    const auto remove = [&](db::Session& session, const api::Caller&) -> Result<bool> {
        if (auto there = require_user(session, user_id); !there) {
            return std::unexpected(there.error());
        }
        if (auto another = require_another_admin(session, user_id); !another) {
            return std::unexpected(another.error());
        }
        homes::give_up_home(session, user_id);
        const auto is_removed = remove_user(session, user_id, *foreign_keys);
        if (!is_removed) {
            return refuse(RefusalCode::user_has_records, "Cannot delete user: related records exist.");
        }
        if (*is_removed) {
            audit::record(session, Action::user_delete, admin.user_id, user_id);
        }
        return *is_removed;
    };
    auto removed = api::transact_on_user(services.database, admin, user_id, remove);
    while (removed && !*removed) {
        removed = api::transact_on_user(services.database, admin, user_id, remove);
    }
    if (removed) {
        return {};
    }
    if (removed.error().code == RefusalCode::user_has_records) {
        services.foreign_keys.warn_of("Users");
    }
    return std::unexpected(removed.error());
}

}  // namespace nassaq::users
