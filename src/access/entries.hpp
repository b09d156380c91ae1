#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "access/action.hpp"
#include "db/session.hpp"

/// What writes and removes entries: rows of Individual_Permissions, which is the platform's, and of Group_Permissions.
namespace nassaq::access {

inline constexpr std::string_view document_kind = "document";
inline constexpr std::string_view path_kind = "path";

/// A document or a path, as the tables name it.
struct Place {
    std::string_view kind;
    std::int64_t id = 0;
};

/// An entry to be written: of one person or of one group.
struct NewEntry {
    std::optional<std::int64_t> user_id;
    std::optional<std::int64_t> group_id;
    Action action = Action::document_read;
    bool is_allowed = false;

    friend auto operator<=>(const NewEntry&, const NewEntry&) = default;
};

/// The group that all are in who have an account.
std::int64_t group_of_everyone(db::Session& session);
/// Whether anything is said at the place to the group.
bool has_entries(db::Session& session, const Place& place, std::int64_t group_id);

void insert_entry(db::Session& transaction, const Place& place, const NewEntry& entry);
/// What the platform has derived from others (`is_inherited`) stays.
void remove_entry(db::Session& transaction, const Place& place, const NewEntry& entry);
/// All that is said at a place, which is gone for good.
void remove_entries_at(db::Session& transaction, const Place& place);
/// All that is said there to one person.
void remove_entries_at(db::Session& transaction, const Place& place, std::int64_t user_id);
/// All that is said to one person, wherever it is.
void remove_entries_to(db::Session& transaction, std::int64_t user_id);

}  // namespace nassaq::access
