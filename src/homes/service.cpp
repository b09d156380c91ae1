#include "homes/service.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <expected>
#include <optional>
#include <string_view>
#include <vector>

#include "access/entries.hpp"
#include "api/caller.hpp"
#include "audit/audit.hpp"
#include "base/free_name.hpp"
#include "base/log.hpp"
#include "base/path_name.hpp"
#include "base/shown_name.hpp"
#include "base/text.hpp"
#include "homes/store.hpp"
#include "paths/store.hpp"

namespace nassaq::homes {
namespace {

using paths::PathError;

access::Place place_of(std::int64_t path_id) {
    return {.kind = access::path_kind, .id = path_id};
}

void allow_everything(db::Session& transaction, std::int64_t path_id, std::int64_t user_id) {
    for (const access::NamedAction& named : access::all_actions) {
        access::insert_entry(transaction, place_of(path_id),
                             {.user_id = user_id, .group_id = {}, .action = named.action, .is_allowed = true});
    }
}

/// What `everyone` may do at the root would hold for homes, too. Where something is said to them at the folder, an
/// administrator has wanted it so.
void hide_from_everyone(db::Session& transaction, std::int64_t path_id) {
    const std::int64_t everyone = access::group_of_everyone(transaction);
    if (access::has_entries(transaction, place_of(path_id), everyone)) {
        return;
    }
    for (const access::NamedAction& named : access::all_actions) {
        access::insert_entry(transaction, place_of(path_id),
                             {.user_id = {}, .group_id = everyone, .action = named.action, .is_allowed = false});
    }
}

std::expected<std::int64_t, PathError> insert_folder(db::Session& transaction, const std::string& full_path,
                                                     std::int64_t actor_id) {
    auto path_id = paths::insert_path(transaction, {.full_path = full_path, .description = {}});
    if (path_id) {
        audit::record(transaction, audit::Action::path_create, actor_id, *path_id, full_path);
    }
    return path_id;
}

std::expected<std::int64_t, PathError> require_folder_above(db::Session& transaction, const std::string& above,
                                                            std::int64_t actor_id) {
    const auto known = paths::find_path_id(transaction, above);
    auto path_id = known ? *known : insert_folder(transaction, above, actor_id);
    if (path_id) {
        hide_from_everyone(transaction, *path_id);
    }
    return path_id;
}

/// As the person is called, as far as a path can be.
std::string wanted_path(const std::string& above, std::int64_t user_id, const std::string& username) {
    std::string name(text::trim(text::without_hidden_characters(username)));
    std::ranges::replace_if(
        name, [](char c) { return c == '/' || c == '\\'; }, '_');
    std::string full_path = fmt::format("{}/{}", above, name);
    if (name.empty() || text::tidy_new_path(full_path)) {
        return fmt::format("{}/user {}", above, user_id);
    }
    return full_path;
}

/// Paths may lie below one that is not there, and would be in the home.
bool is_taken(db::Session& session, const std::string& full_path) {
    return paths::find_path_id(session, full_path) || !paths::list_below(session, full_path).empty();
}

std::string free_path(db::Session& session, std::string wanted) {
    if (!is_taken(session, wanted)) {
        return wanted;
    }
    return text::free_name(wanted, "", [&](const std::string& candidate) { return is_taken(session, candidate); });
}

std::expected<void, PathError> make_home(db::Session& transaction, const std::string& above, std::int64_t user_id,
                                         std::int64_t actor_id) {
    transaction.lock(std::vector{api::lock_of_user(user_id), db::Lock{.name = std::string(paths::tree_lock)}});
    const auto username = find_username(transaction, user_id);
    if (!username || was_given_home(transaction, user_id)) {
        return {};  // The account has gone, or another node was here.
    }
    if (const auto folder_above = require_folder_above(transaction, above, actor_id); !folder_above) {
        return std::unexpected(folder_above.error());
    }
    const auto home =
        insert_folder(transaction, free_path(transaction, wanted_path(above, user_id, *username)), actor_id);
    if (!home) {
        return std::unexpected(home.error());
    }
    allow_everything(transaction, *home, user_id);
    insert_home(transaction, user_id, *home);
    return {};
}

void warn(std::int64_t user_id, std::string_view error) {
    log::warning("a home folder could not be made", {{"user_id", user_id}, {"error", error}});
}

}  // namespace

void give_home(db::Database& database, const std::string& above, std::int64_t user_id, std::int64_t actor_id) {
    if (above.empty()) {
        return;
    }
    try {
        if (database.read([&](db::Session& session) { return was_given_home(session, user_id); })) {
            return;
        }
        const auto made =
            database.transaction([&](db::Session& session) { return make_home(session, above, user_id, actor_id); });
        if (!made) {
            warn(user_id, "another program has taken its name");
        }
    } catch (const db::Error& error) {
        warn(user_id, error.what());
    }
}

void hand_over_home(db::Session& transaction, std::int64_t from_user_id, std::int64_t to_user_id,
                    std::int64_t actor_id) {
    const auto path_id = find_home(transaction, from_user_id);
    if (!path_id) {
        return;
    }
    access::remove_entries_at(transaction, place_of(*path_id), from_user_id);
    access::remove_entries_at(transaction, place_of(*path_id), to_user_id);
    allow_everything(transaction, *path_id, to_user_id);
    leave_home(transaction, from_user_id);
    audit::record(transaction, audit::Action::path_access, actor_id, *path_id,
                  fmt::format("home of user {} -> user {}", from_user_id, to_user_id));
}

void give_up_home(db::Session& transaction, std::int64_t user_id) {
    if (const auto path_id = find_home(transaction, user_id)) {
        access::remove_entries_at(transaction, place_of(*path_id), user_id);
    }
}

}  // namespace nassaq::homes
