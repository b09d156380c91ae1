#include "access/entries.hpp"

#include <fmt/format.h>

namespace nassaq::access {

std::int64_t group_of_everyone(db::Session& session) {
    return session.get<std::int64_t>("SELECT group_id FROM User_Groups WHERE is_everyone = ?", true);
}

bool has_entries(db::Session& session, const Place& place, std::int64_t group_id) {
    return session
        .find<std::int64_t>(
            "SELECT permission_id FROM Group_Permissions WHERE group_id = ? AND entity_type = ? AND entity_id = ?",
            group_id, place.kind, place.id)
        .has_value();
}

void insert_entry(db::Session& transaction, const Place& place, const NewEntry& entry) {
    if (entry.user_id) {
        transaction.execute(
            "INSERT INTO Individual_Permissions (user_id, action_id, entity_id, entity_type, is_allowed, is_inherited) "
            "SELECT ?, a.action_id, ?, ?, ?, ? FROM Actions a WHERE a.action_name = ?",
            *entry.user_id, place.id, place.kind, entry.is_allowed, false, name_of(entry.action));
    } else {
        transaction.execute(
            "INSERT INTO Group_Permissions (group_id, action_id, entity_id, entity_type, is_allowed) "
            "SELECT ?, a.action_id, ?, ?, ? FROM Actions a WHERE a.action_name = ?",
            *entry.group_id, place.id, place.kind, entry.is_allowed, name_of(entry.action));
    }
}

void remove_entry(db::Session& transaction, const Place& place, const NewEntry& entry) {
    constexpr std::string_view of_action =
        "action_id IN (SELECT a.action_id FROM Actions a WHERE a.action_name = ?) AND is_allowed = ?";
    if (entry.user_id) {
        // The platform may write the kind as it likes.
        transaction.execute(
            fmt::format("DELETE FROM Individual_Permissions WHERE user_id = ? AND LOWER(entity_type) = ? "
                        "AND entity_id = ? AND is_inherited = ? AND {}",
                        of_action),
            *entry.user_id, place.kind, place.id, false, name_of(entry.action), entry.is_allowed);
    } else {
        transaction.execute(
            fmt::format("DELETE FROM Group_Permissions WHERE group_id = ? AND entity_type = ? AND entity_id = ? AND {}",
                        of_action),
            *entry.group_id, place.kind, place.id, name_of(entry.action), entry.is_allowed);
    }
}

void remove_entries_at(db::Session& transaction, const Place& place) {
    transaction.execute_later("DELETE FROM Individual_Permissions WHERE LOWER(entity_type) = ? AND entity_id = ?",
                              place.kind, place.id);
    transaction.execute_later("DELETE FROM Group_Permissions WHERE entity_type = ? AND entity_id = ?", place.kind,
                              place.id);
}

void remove_entries_at(db::Session& transaction, const Place& place, std::int64_t user_id) {
    transaction.execute(
        "DELETE FROM Individual_Permissions WHERE user_id = ? AND LOWER(entity_type) = ? AND entity_id = ?", user_id,
        place.kind, place.id);
}

void remove_entries_to(db::Session& transaction, std::int64_t user_id) {
    transaction.execute("DELETE FROM Individual_Permissions WHERE user_id = ?", user_id);
}

}  // namespace nassaq::access
