#include "paths/service.hpp"

#include <fmt/format.h>

#include <unordered_set>
#include <utility>

#include "access/entries.hpp"
#include "api/guard.hpp"
#include "audit/audit.hpp"
#include "base/text.hpp"
#include "files/old_place.hpp"
#include "paths/store.hpp"

namespace nassaq::paths {
namespace {

using api::refuse;
using api::Result;
using audit::Action;

/// What the caller may not see is as good as none.
std::optional<PathResponse> find_visible(db::Session& session, const api::Caller& caller, std::int64_t path_id) {
    auto path = find_path(session, path_id);
    const bool is_visible = path && caller.rights->may(access::Action::path_read, path->full_path);
    return is_visible ? std::move(path) : std::nullopt;
}

/// A folder is a change of the one above it: `path.create` alone, which everybody has unless an administrator has
/// changed that, only puts documents there.
Result<> require_may_make(const api::Caller& caller, std::string_view full_path) {
    const std::string_view above = access::folder_above(full_path).value_or(root);
    if (!caller.rights->may(access::Action::path_create, above) ||
        !caller.rights->may(access::Action::path_write, above)) {
        return api::refuse_authority();
    }
    return {};
}

Result<> require_may_change(const api::Caller& caller, const PathResponse& path, const UpdatePath& request) {
    if (!caller.rights->may(access::Action::path_write, path.full_path)) {
        return api::refuse_authority();
    }
    const bool is_moved =
        request.full_path && access::folder_above(*request.full_path) != access::folder_above(path.full_path);
    if (!is_moved) {
        return {};
    }
    if (!caller.rights->may(access::Action::path_delete, path.full_path)) {
        return api::refuse_authority();
    }
    return require_may_make(caller, *request.full_path);
}

std::unexpected<api::Refusal> refuse_existing(const std::string& full_path) {
    return refuse(RefusalCode::path_exists, fmt::format("Path '{}' already exists.", full_path));
}

Result<> require_short(const std::string& full_path) {
    if (text::count_utf16_units(full_path) > max_path_units) {
        return refuse(RefusalCode::path_too_long,
                      fmt::format("Path '{}' would be longer than {} characters.", full_path, max_path_units));
    }
    return {};
}

Result<> rename_or_refuse(db::Session& session, std::int64_t path_id, const std::string& full_path) {
    if (auto is_short = require_short(full_path); !is_short) {
        return is_short;
    }
    return rename_path(session, path_id, full_path) ? Result<>() : refuse_existing(full_path);
}

/// Of the names that the paths below one would have below another: none too long, and none taken, as they may be though
/// the other itself is not there.
Result<> require_names_below(db::Session& session, const std::string& full_path, const std::string& new_path) {
    std::unordered_set<std::string> taken;
    for (PathResponse& path : list_below(session, new_path)) {
        taken.insert(std::move(path.full_path));
    }
    for (const PathResponse& path : list_below(session, full_path)) {
        const std::string name = new_path + path.full_path.substr(full_path.size());
        if (auto is_short = require_short(name); !is_short) {
            return is_short;
        }
        if (taken.contains(name)) {
            return refuse_existing(name);
        }
    }
    return {};
}

/// What the database does itself at a rename (migration 0017), done before in short transactions: a million documents
/// would keep every other writer waiting in one. Right whether or not the rename comes about.
Result<> name_blobs_below(db::Database& database, const api::Caller& caller, const PathResponse& renamed) {
    for (const std::int64_t path_id :
         database.read([&](db::Session& session) { return list_with_unnamed_blobs(session, renamed.full_path); })) {
        const auto next = [&](std::int64_t behind) {
            return database.read(
                [&](db::Session& session) { return files::list_unnamed_blobs(session, path_id, behind); });
        };
        for (auto doc_ids = next(0); !doc_ids.empty(); doc_ids = next(doc_ids.back())) {
            auto named = api::transact(database, caller, [&](db::Session& session, const api::Caller&) {
                session.lock(tree_lock);
                if (const auto now_called = find_path(session, path_id)) {
                    files::name_blobs(session, now_called->id, now_called->full_path, doc_ids);
                }
            });
            if (!named) {
                return named;
            }
        }
    }
    return {};
}

/// In the transaction that renames it the rest follows, by itself.
Result<> prepare_rename(db::Database& database, const api::Caller& caller, std::int64_t path_id) {
    const auto path = database.read([&](db::Session& session) { return find_path(session, path_id); });
    if (path && path->full_path != root && caller.rights->may(access::Action::path_write, path->full_path)) {
        return name_blobs_below(database, caller, *path);
    }
    return {};
}

Result<> rename_with_sub_paths(db::Session& session, const PathResponse& path, const std::string& full_path) {
    if (full_path == path.full_path) {
        return {};
    }
    if (full_path == root) {
        return refuse_existing(full_path);
    }
    if (full_path.starts_with(path.full_path + "/")) {
        return refuse(RefusalCode::path_below_itself, "A path cannot be moved below itself.");
    }
    if (auto possible = require_names_below(session, path.full_path, full_path); !possible) {
        return possible;
    }
    // Nothing more is asked in a transaction in which a name was taken: PostgreSQL refuses whatever comes after that.
    if (auto renamed = rename_or_refuse(session, path.id, full_path); !renamed) {
        return renamed;
    }
    if (!rename_below(session, path.full_path, full_path)) {
        return refuse_existing(full_path);
    }
    return {};
}

/// @param require  whether the caller may, as they are in the transaction
Result<PathResponse> create_if(Services& services, const api::Caller& caller, const CreatePath& request,
                               Result<> (*require)(const api::Caller&, std::string_view)) {
    const auto create = [&](db::Session& session, const api::Caller& actor) -> Result<PathResponse> {
        session.lock(tree_lock);
        if (auto allowed = require(actor, request.full_path); !allowed) {
            return std::unexpected(std::move(allowed.error()));
        }
        const auto path_id = insert_path(session, request);
        if (!path_id) {
            return refuse_existing(request.full_path);
        }
        audit::record(session, Action::path_create, caller.user_id, *path_id, request.full_path);
        return find_path(session, *path_id).value();
    };
    return api::transact(services.database, caller, create);
}

}  // namespace

Result<PathResponse> create_path(Services& services, const api::Caller& caller, const CreatePath& request) {
    return create_if(services, caller, request, require_may_make);
}

Result<PathResponse> create_path_by_command(Services& services, const api::Caller& owner, const CreatePath& request) {
    return create_if(services, owner, request, [](const api::Caller&, std::string_view) { return Result<>(); });
}

Result<PathResponse> update_path(Services& services, const api::Caller& caller, std::int64_t path_id,
                                 const UpdatePath& request) {
    if (request.full_path) {
        if (auto prepared = prepare_rename(services.database, caller, path_id); !prepared) {
            return std::unexpected(prepared.error());
        }
    }
    return api::transact(
        services.database, caller, [&](db::Session& session, const api::Caller& actor) -> Result<PathResponse> {
            session.lock(tree_lock);
            const auto path = find_visible(session, actor, path_id);
            if (!path) {
                return refuse(RefusalCode::path_not_found,
                              fmt::format("Path with id of '{}' doesn't exists.", path_id));
            }
            if (auto allowed = require_may_change(actor, *path, request); !allowed) {
                return std::unexpected(std::move(allowed.error()));
            }
            if (path->full_path == root) {
                return refuse(RefusalCode::path_is_root, "The root path cannot be changed.");
            }
            if (!request.full_path && !request.description.present) {
                return refuse(RefusalCode::no_fields_to_update, "No fields to update");
            }
            if (request.full_path) {
                if (auto renamed = rename_with_sub_paths(session, *path, *request.full_path); !renamed) {
                    return std::unexpected(renamed.error());
                }
            }
            if (request.description.present) {
                describe_path(session, path_id, request.description.value);
            }
            auto updated = find_path(session, path_id).value();
            audit::record(session, Action::path_update, caller.user_id, path_id,
                          fmt::format("{} -> {}", path->full_path, updated.full_path));
            return updated;
        });
}

Result<> delete_path(Services& services, const api::Caller& caller, std::int64_t path_id) {
    auto removed =
        api::transact(services.database, caller, [&](db::Session& session, const api::Caller& actor) -> Result<> {
            session.lock(tree_lock);
            const auto path = find_visible(session, actor, path_id);
            if (!path) {
                return refuse(RefusalCode::path_not_found, fmt::format("Path with {} doesn't exist", path_id));
            }
            if (!actor.rights->may(access::Action::path_delete, path->full_path)) {
                return api::refuse_authority();
            }
            if (path->full_path == root) {
                return refuse(RefusalCode::path_is_root, "The root path cannot be deleted.");
            }
            if (!list_below(session, path->full_path).empty()) {
                return refuse(RefusalCode::path_has_sub_paths, "Cannot delete path: it has sub-paths.");
            }
            if (!remove_path(session, path_id)) {
                return refuse(RefusalCode::path_has_documents, "Cannot delete path: documents reference it.");
            }
            access::remove_entries_at(session, {.kind = access::path_kind, .id = path_id});
            audit::record(session, Action::path_delete, caller.user_id, path_id, path->full_path);
            return {};
        });
    if (!removed && removed.error().code == RefusalCode::path_has_documents) {
        services.foreign_keys.warn_of("Virtual_Paths");
    }
    return removed;
}

}  // namespace nassaq::paths
