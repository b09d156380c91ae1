#include "access/rights.hpp"

#include <algorithm>

#include "access/audiences.hpp"

namespace nassaq::access {
namespace {

constexpr std::string_view root = "/";

void add(const Entry& entry, PlaceRules& rules) {
    ActionSet& set = entry.is_persons ? (entry.is_allowed ? rules.allowed_to_person : rules.denied_to_person)
                                      : (entry.is_allowed ? rules.allowed_to_groups : rules.denied_to_groups);
    set.add(entry.action);
}

}  // namespace

std::optional<bool> PlaceRules::says(Action action) const {
    if (denied_to_person.contains(action)) return false;
    if (allowed_to_person.contains(action)) return true;
    if (denied_to_groups.contains(action)) return false;
    if (allowed_to_groups.contains(action)) return true;
    return std::nullopt;
}

std::optional<std::string_view> folder_above(std::string_view full_path) {
    if (full_path == root) return std::nullopt;
    const std::size_t slash = full_path.rfind('/');
    return slash == std::string_view::npos || slash == 0 ? root : full_path.substr(0, slash);
}

Rights::Rights(const Person& person, ActionSet ceiling, const std::vector<Entry>& entries)
    : person_(person), ceiling_(ceiling) {
    for (const Entry& entry : entries) {
        add(entry, entry.doc_id ? documents_[*entry.doc_id] : folders_[entry.full_path]);
        if (entry.is_allowed && ceiling.contains(entry.action)) allowed_somewhere_.add(entry.action);
    }
}

std::optional<Decision> Rights::decide_by_person(Action action) const {
    if (person_.is_admin) return Decision{.is_allowed = true, .ground = Ground::administrator};
    if (!ceiling_.contains(action)) return Decision{.is_allowed = false, .ground = Ground::role};
    return std::nullopt;
}

Decision Rights::decide_by_folders(Action action, std::string_view full_path) const {
    for (std::optional folder = full_path; folder; folder = folder_above(*folder)) {
        const auto rules = folders_.find(*folder);
        if (rules == folders_.end()) continue;
        if (const auto said = rules->second.says(action)) {
            return {.is_allowed = *said, .ground = Ground::entry, .full_path = *folder};
        }
    }
    return {};
}

Decision Rights::decide(Action action, std::string_view full_path) const {
    const auto decided = decide_by_person(action);
    return decided ? *decided : decide_by_folders(action, full_path);
}

Decision Rights::decide(Action action, const DocumentPlace& document) const {
    if (const auto decided = decide_by_person(action)) return *decided;
    if (document.owner_id == person_.user_id) return {.is_allowed = true, .ground = Ground::owner};
    if (const auto rules = documents_.find(document.doc_id); rules != documents_.end()) {
        if (const auto said = rules->second.says(action)) {
            return {.is_allowed = *said, .ground = Ground::entry, .is_at_document = true};
        }
    }
    return decide_by_folders(action, document.full_path);
}

bool Rights::may_own(Action action) const {
    const auto decided = decide_by_person(action);
    return !decided || decided->is_allowed;
}

bool Rights::may_anywhere(Action action) const {
    return person_.is_admin || allowed_somewhere_.contains(action);
}

bool Rights::reaches_into_folders() const {
    return !person_.is_admin && ceiling_.contains(Action::document_read) &&
           std::ranges::any_of(
               folders_, [](const auto& folder) { return folder.second.says(Action::document_read).value_or(false); });
}

Reach Rights::reach_into(std::span<const Folder> folders, std::span<const Folder> governing) const {
    Reach reach{.kind = Reach::Kind::own, .owner_id = person_.user_id};
    if (const auto decided = decide_by_person(Action::document_read)) {
        reach.kind = decided->is_allowed ? Reach::Kind::everything : Reach::Kind::nothing;
        return reach;
    }
    for (const auto& [doc_id, rules] : documents_) {
        if (const auto said = rules.says(Action::document_read)) {
            (*said ? reach.documents : reach.hidden).push_back(doc_id);
        }
    }
    if (reaches_into_folders()) {
        reach.folders = readable_among(folders);
        reach.audiences = readable_among(governing);
        reach.fingerprint = fingerprint_of(governing);
    }
    if (!reach.documents.empty() || !reach.folders.empty()) reach.kind = Reach::Kind::some;
    std::ranges::sort(reach.documents);
    std::ranges::sort(reach.hidden);
    return reach;
}

std::vector<std::int64_t> Rights::readable_among(std::span<const Folder> folders) const {
    std::vector<std::int64_t> readable;
    for (const Folder& folder : folders) {
        if (decide_by_folders(Action::document_read, folder.full_path).is_allowed) {
            readable.push_back(folder.path_id);
        }
    }
    std::ranges::sort(readable);
    return readable;
}

std::shared_ptr<const Reach> Rights::reach(const std::function<Folders()>& read_folders) const {
    const std::lock_guard lock(kept_reach_->mutex);
    if (!kept_reach_->reach) {
        const Folders folders = reaches_into_folders() ? read_folders() : Folders();
        kept_reach_->reach = std::make_shared<const Reach>(reach_into(folders.all, folders.governing));
    }
    return kept_reach_->reach;
}

}  // namespace nassaq::access
