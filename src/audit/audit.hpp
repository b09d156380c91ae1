#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "db/session.hpp"

namespace nassaq::audit {

/// What the audit log tells of (api.md, 8).
enum class Action {
    user_register,
    user_create,
    user_login,
    user_login_failed,
    user_logout,
    password_change,
    user_self_update,
    user_admin_update,
    user_activate,
    user_delete,
    access_refused,
    user_quota_update,
    role_quota_update,
    document_upload,
    document_download,
    document_update,
    document_delete,
    document_reprocess,
    document_restore,
    document_purge,
    document_version,
    document_version_restore,
    path_create,
    path_update,
    path_delete,
    group_create,
    group_update,
    group_delete,
    group_member_add,
    group_member_remove,
    document_access,
    path_access,
    document_handover,
    user_handover,
};

/// Adds a row to Logs, in the transaction of the change that it tells of.
/// @param user_id    who did it, where that is known
/// @param entity_id  the user, document or path that it was done to
/// @param details    never a password or a token
void record(db::Session& transaction, Action action, std::optional<std::int64_t> user_id,
            std::optional<std::int64_t> entity_id, std::optional<std::string_view> details = std::nullopt);

}  // namespace nassaq::audit
