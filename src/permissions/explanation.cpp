#include "permissions/explanation.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "permissions/store.hpp"
#include "permissions/thing.hpp"

namespace nassaq::permissions {
namespace {

using api::Result;

std::string_view name_of(access::Ground ground) {
    switch (ground) {
        case access::Ground::administrator:
            return "administrator";
        case access::Ground::role:
            return "role";
        case access::Ground::owner:
            return "owner";
        case access::Ground::entry:
            return "entry";
        case access::Ground::nothing:
            break;
    }
    return "nothing";
}

/// Whose rights are asked about, and the groups that they are in.
struct Subject {
    const api::Caller& user;
    std::vector<std::int64_t> groups;
};

bool concerns(const EntryRow& entry, const Subject& subject) {
    return entry.user_id == subject.user.user_id ||
           (entry.group_id && std::ranges::find(subject.groups, *entry.group_id) != subject.groups.end());
}

/// Where the entry is that has decided.
std::optional<access::Place> place_of(db::Session& session, const Thing& thing, const access::Decision& decision) {
    if (decision.is_at_document) return thing.place;
    const std::string_view full_path = decision.full_path;
    const auto paths = find_paths(session, {&full_path, 1});
    return paths.empty() ? std::nullopt
                         : std::optional(access::Place{.kind = access::path_kind, .id = paths.front().path_id});
}

/// The person's own before the groups', as the rule has them: list_entries() has them in that order.
std::optional<DecidingEntry> entry_of(db::Session& session, const Thing& thing, const Subject& subject,
                                      access::Action action, const access::Decision& decision) {
    const auto place = place_of(session, thing, decision);
    if (!place) return std::nullopt;
    for (EntryRow& row : list_entries(session, *place)) {
        if (row.action_name != access::name_of(action) || row.is_allowed != decision.is_allowed ||
            !concerns(row, subject)) {
            continue;
        }
        DecidingEntry entry{
            .doc_id = {}, .path = {}, .user_id = row.user_id, .group_id = row.group_id, .name = std::move(row.name)};
        if (decision.is_at_document) {
            entry.doc_id = thing.place.id;
        } else {
            entry.path = decision.full_path;
        }
        return entry;
    }
    return std::nullopt;
}

ActionExplanation explain(db::Session& session, const Thing& thing, const Subject& subject, access::Action action) {
    ActionExplanation explanation{
        .action = std::string(access::name_of(action)), .is_allowed = false, .because = "inactive", .entry = {}};
    if (!subject.user.is_active) return explanation;
    const access::Decision decision = thing.decide(*subject.user.rights, action);
    explanation.is_allowed = decision.is_allowed;
    explanation.because = name_of(decision.ground);
    if (decision.ground == access::Ground::entry) {
        explanation.entry = entry_of(session, thing, subject, action, decision);
    }
    return explanation;
}

Result<> require_may_ask(const Thing& thing, const api::Caller& caller, std::int64_t user_id) {
    return user_id == caller.user_id ? Result<>() : require_may_share(thing, caller);
}

Result<AccessExplanation> explain_all(db::Session& session, const Result<Thing>& thing, const api::Caller& caller,
                                      std::int64_t user_id) {
    if (!thing) {
        return std::unexpected(thing.error());
    }
    if (auto allowed = require_may_ask(*thing, caller, user_id); !allowed) {
        return std::unexpected(std::move(allowed.error()));
    }
    auto user = api::find_caller(session, user_id);
    if (!user) {
        return api::refuse(RefusalCode::user_not_found, "User not found");
    }
    api::read_rights(session, *user);
    const Subject subject{.user = *user, .groups = list_groups_of(session, user_id)};
    AccessExplanation explanation{.user_id = user_id, .full_name = user->full_name, .actions = {}};
    for (const access::NamedAction& action : access::all_actions) {
        if (!thing->is_document() || access::is_of_documents(action.action)) {
            explanation.actions.push_back(explain(session, *thing, subject, action.action));
        }
    }
    return explanation;
}

}  // namespace

Result<AccessExplanation> explain_document_access(Services& services, const api::Caller& caller, std::int64_t doc_id,
                                                  std::int64_t user_id) {
    return services.database.read([&](db::Session& session) {
        return explain_all(session, require_document(session, caller, doc_id), caller, user_id);
    });
}

Result<AccessExplanation> explain_path_access(Services& services, const api::Caller& caller, std::int64_t path_id,
                                              std::int64_t user_id) {
    return services.database.read([&](db::Session& session) {
        return explain_all(session, require_path(session, caller, path_id), caller, user_id);
    });
}

}  // namespace nassaq::permissions
