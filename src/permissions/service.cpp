#include "permissions/service.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <iterator>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "access/entries.hpp"
#include "api/guard.hpp"
#include "audit/audit.hpp"
#include "base/digest.hpp"
#include "base/text.hpp"
#include "documents/service.hpp"
#include "http/download.hpp"
#include "permissions/store.hpp"
#include "permissions/thing.hpp"
#include "schema/errors.hpp"
#include "schema/write.hpp"
#include "users/store.hpp"

namespace nassaq::permissions {
namespace {

using access::NewEntry;
using access::Place;
using api::refuse;
using api::Result;

/// Rows of one place, an entry for each person and group.
std::vector<AccessEntry> to_entries(const std::vector<EntryRow>& rows) {
    std::vector<AccessEntry> entries;
    for (const EntryRow& row : rows) {
        if (!access::find_action(row.action_name)) continue;  // Another program's.
        if (entries.empty() || entries.back().user_id != row.user_id || entries.back().group_id != row.group_id) {
            entries.push_back(
                {.user_id = row.user_id, .group_id = row.group_id, .name = row.name, .allow = {}, .deny = {}});
        }
        auto& actions = row.is_allowed ? entries.back().allow : entries.back().deny;
        // The platform may have the same entry twice.
        if (actions.empty() || actions.back() != row.action_name) actions.push_back(row.action_name);
    }
    return entries;
}

/// The paths whose entries hold for it too, the nearest first.
std::vector<std::string_view> paths_above(const Thing& thing) {
    std::vector<std::string_view> above;
    auto next =
        thing.is_document() ? std::optional<std::string_view>(thing.full_path) : access::folder_above(thing.full_path);
    for (; next; next = access::folder_above(*next)) above.push_back(*next);
    return above;
}

std::vector<InheritedEntries> inherited_by(db::Session& session, const Thing& thing) {
    std::vector<InheritedEntries> inherited;
    const std::vector<std::string_view> above = paths_above(thing);
    if (above.empty()) return inherited;
    for (AncestorRow& path : find_paths(session, above)) {
        auto entries = to_entries(list_entries(session, {.kind = access::path_kind, .id = path.path_id}));
        if (!entries.empty()) {
            inherited.push_back(
                {.path_id = path.path_id, .path = std::move(path.full_path), .entries = std::move(entries)});
        }
    }
    return inherited;
}

/// Of the entries alone: not of names, which others change.
std::string etag_of(const std::vector<AccessEntry>& entries) {
    std::string told;
    for (const AccessEntry& entry : entries) {
        fmt::format_to(std::back_inserter(told), "{}:{}:{}:{};", entry.user_id.value_or(0), entry.group_id.value_or(0),
                       fmt::join(entry.allow, ","), fmt::join(entry.deny, ","));
    }
    return text::to_hex(digest::sha256(told));
}

TaggedAccess access_of(db::Session& session, const Thing& thing) {
    TaggedAccess tagged;
    tagged.access.entries = to_entries(list_entries(session, thing.place));
    tagged.access.inherited = inherited_by(session, thing);
    tagged.etag = etag_of(tagged.access.entries);
    return tagged;
}

std::set<NewEntry> entries_of(const std::vector<AccessEntry>& entries) {
    std::set<NewEntry> all;
    for (const AccessEntry& entry : entries) {
        for (const std::string& name : entry.allow) {
            all.insert({entry.user_id, entry.group_id, access::find_action(name).value(), true});
        }
        for (const std::string& name : entry.deny) {
            all.insert({entry.user_id, entry.group_id, access::find_action(name).value(), false});
        }
    }
    return all;
}

std::unexpected<api::Refusal> refuse_entry(std::size_t index, std::string_view field, std::string_view what,
                                           const boost::json::value& input) {
    schema::Errors errors("body");
    const schema::Errors::Scope entries(errors, "entries");
    const schema::Errors::Scope entry(errors, index);
    const schema::Errors::Scope member(errors, field);
    errors.add_value_error(what, input);
    return api::refuse_invalid(errors.take());
}

/// Adds what is said in one list of an entry.
Result<> add_actions(const Thing& thing, std::size_t index, const EntryRequest& request, bool is_allowed,
                     std::set<NewEntry>& entries) {
    for (const std::string& name : is_allowed ? request.allow : request.deny) {
        const access::Action action = access::find_action(name).value();
        if (thing.is_document() && !access::is_of_documents(action)) {
            return refuse_entry(index, is_allowed ? "allow" : "deny", "A document has no actions of paths",
                                boost::json::value(name));
        }
        entries.insert({request.user_id, request.group_id, action, is_allowed});
    }
    return {};
}

/// What the request says, where it can be said of the thing.
Result<std::set<NewEntry>> entries_of(const Thing& thing, const AccessRequest& request) {
    std::set<NewEntry> entries;
    for (std::size_t index = 0; index < request.entries.size(); ++index) {
        const EntryRequest& entry = request.entries[index];
        if (entry.user_id.has_value() == entry.group_id.has_value()) {
            return refuse_entry(index, "user_id", "Name either a user or a group", nullptr);
        }
        for (const bool is_allowed : {true, false}) {
            if (auto added = add_actions(thing, index, entry, is_allowed, entries); !added) {
                return std::unexpected(std::move(added.error()));
            }
        }
    }
    return entries;
}

/// What is to be added and taken away.
struct Difference {
    std::vector<NewEntry> added;
    std::vector<NewEntry> removed;
};

Difference difference_of(const std::set<NewEntry>& before, const std::set<NewEntry>& after) {
    Difference difference;
    std::ranges::set_difference(after, before, std::back_inserter(difference.added));
    std::ranges::set_difference(before, after, std::back_inserter(difference.removed));
    return difference;
}

/// Whoever shares gives and takes no more than they have.
Result<> require_may_all(const Thing& thing, const api::Caller& caller, std::span<const NewEntry> entries) {
    for (const NewEntry& entry : entries) {
        if (!thing.may(*caller.rights, entry.action)) {
            return refuse(RefusalCode::sharing_forbidden,
                          fmt::format("You do not have permission to share '{}'.", access::name_of(entry.action)));
        }
    }
    return {};
}

/// Groups are an administrator's: whoever is none names those that they are in.
Result<> require_known(db::Session& session, const api::Caller& caller, std::span<const NewEntry> entries) {
    const std::vector<std::int64_t> own = list_groups_of(session, caller.user_id);
    for (const NewEntry& entry : entries) {
        if (entry.user_id && !users::find_user(session, *entry.user_id)) {
            return refuse(RefusalCode::user_not_found, "User not found");
        }
        if (!entry.group_id) continue;
        const bool is_known = caller.is_admin() ? is_group(session, *entry.group_id)
                                                : std::ranges::find(own, *entry.group_id) != own.end();
        if (!is_known) {
            return refuse(RefusalCode::group_not_found, "Group not found");
        }
    }
    return {};
}

/// For the audit log.
std::string describe(const Difference& difference) {
    std::string text;
    const auto add = [&](char sign, const std::vector<NewEntry>& entries) {
        for (const NewEntry& entry : entries) {
            fmt::format_to(
                std::back_inserter(text), "{}{} {} {} {}", text.empty() ? "" : ", ", sign,
                entry.user_id ? fmt::format("user {}", *entry.user_id) : fmt::format("group {}", *entry.group_id),
                entry.is_allowed ? "allow" : "deny", access::name_of(entry.action));
        }
    };
    add('+', difference.added);
    add('-', difference.removed);
    return text;
}

Result<> require_unchanged(const http::Headers& headers, const std::vector<AccessEntry>& entries) {
    if (!http::if_match_holds(headers, etag_of(entries))) {
        return refuse(RefusalCode::precondition_failed, "The access has changed");
    }
    return {};
}

/// In the transaction.
Result<TaggedAccess> replace(db::Session& session, const api::Caller& actor, const http::Headers& headers,
                             const Thing& thing, const AccessRequest& request) {
    const auto before = to_entries(list_entries(session, thing.place));
    if (auto unchanged = require_unchanged(headers, before); !unchanged) {
        return std::unexpected(std::move(unchanged.error()));
    }
    const auto after = entries_of(thing, request);
    if (!after) {
        return std::unexpected(after.error());
    }
    const Difference difference = difference_of(entries_of(before), *after);
    for (const auto& changed : {difference.added, difference.removed}) {
        if (auto allowed = require_may_all(thing, actor, changed); !allowed) {
            return std::unexpected(std::move(allowed.error()));
        }
    }
    if (auto known = require_known(session, actor, difference.added); !known) {
        return std::unexpected(std::move(known.error()));
    }
    for (const NewEntry& entry : difference.removed) remove_entry(session, thing.place, entry);
    for (const NewEntry& entry : difference.added) insert_entry(session, thing.place, entry);
    if (!difference.added.empty() || !difference.removed.empty()) {
        audit::record(session, thing.is_document() ? audit::Action::document_access : audit::Action::path_access,
                      actor.user_id, thing.place.id, describe(difference));
    }
    return access_of(session, thing);
}

/// Two who change the same place do it one after the other.
db::Lock lock_of(const Place& place) {
    return {.name = fmt::format("access of {} {}", place.kind, place.id)};
}

using Require = Result<Thing> (*)(db::Session&, const api::Caller&, std::int64_t);

Result<Thing> require_shareable(Require require, db::Session& session, const api::Caller& caller, std::int64_t id) {
    auto thing = require(session, caller, id);
    if (thing) {
        if (auto allowed = require_may_share(*thing, caller); !allowed) {
            return std::unexpected(std::move(allowed.error()));
        }
    }
    return thing;
}

Result<TaggedAccess> read_access(Services& services, const api::Caller& caller, Require require, std::int64_t id) {
    return services.database.read([&](db::Session& session) -> Result<TaggedAccess> {
        const auto thing = require_shareable(require, session, caller, id);
        if (!thing) {
            return std::unexpected(thing.error());
        }
        return access_of(session, *thing);
    });
}

Result<TaggedAccess> set_access(Services& services, const api::Caller& caller, const http::Headers& headers,
                                Require require, const Place& place, const AccessRequest& request) {
    const auto set = [&](db::Session& session, const api::Caller& actor) -> Result<TaggedAccess> {
        const auto thing = require_shareable(require, session, actor, place.id);
        if (!thing) {
            return std::unexpected(thing.error());
        }
        return replace(session, actor, headers, *thing, request);
    };
    return api::transact(services.database, caller, std::vector{lock_of(place)}, set);
}

}  // namespace

Result<TaggedAccess> read_document_access(Services& services, const api::Caller& caller, std::int64_t doc_id) {
    return read_access(services, caller, require_document, doc_id);
}

Result<TaggedAccess> read_path_access(Services& services, const api::Caller& caller, std::int64_t path_id) {
    return read_access(services, caller, require_path, path_id);
}

Result<TaggedAccess> set_document_access(Services& services, const api::Caller& caller, const http::Headers& headers,
                                         std::int64_t doc_id, const AccessRequest& request) {
    return set_access(services, caller, headers, require_document, {.kind = access::document_kind, .id = doc_id},
                      request);
}

Result<TaggedAccess> set_path_access(Services& services, const api::Caller& caller, const http::Headers& headers,
                                     std::int64_t path_id, const AccessRequest& request) {
    return set_access(services, caller, headers, require_path, {.kind = access::path_kind, .id = path_id}, request);
}

}  // namespace nassaq::permissions
