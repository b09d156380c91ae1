#include "audit/audit.hpp"

#include <boost/describe/enum_to_string.hpp>

#include "base/clock.hpp"

namespace nassaq::audit {

BOOST_DESCRIBE_ENUM(Action, user_register, user_create, user_login, user_login_failed, user_logout, password_change,
                    user_self_update, user_admin_update, user_activate, user_delete, access_refused, user_quota_update,
                    role_quota_update, document_upload, document_download, document_update, document_delete,
                    document_reprocess, document_restore, document_purge, document_version, document_version_restore,
                    path_create, path_update, path_delete, group_create, group_update, group_delete, group_member_add,
                    group_member_remove, document_access, path_access,
                    document_handover, user_handover)

void record(db::Session& transaction, Action action, std::optional<std::int64_t> user_id,
            std::optional<std::int64_t> entity_id, std::optional<std::string_view> details) {
    transaction.execute_later(
        "INSERT INTO Logs (log_timestamp, action_type, user_id, entity_id, details) VALUES (?, ?, ?, ?, ?)", now(),
        boost::describe::enum_to_string(action, "unknown"), user_id, entity_id, details);
}

}  // namespace nassaq::audit
