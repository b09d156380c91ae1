#include "access/rights_cache.hpp"

namespace nassaq::access {

std::shared_ptr<const Rights> RightsCache::rights_of(db::Session& session, const Person& person,
                                                     const Version& version) {
    if (auto known = find(person, version)) return known;
    auto rights = std::make_shared<const Rights>(read_rights(session, person));
    keep({.version = version, .rights = rights});
    return rights;
}

std::shared_ptr<const Rights> RightsCache::find(const Person& person, const Version& version) {
    const std::lock_guard lock(mutex_);
    const auto found = by_id_.find(person.user_id);
    if (found == by_id_.end()) return nullptr;
    const People::iterator known = found->second;
    if (known->version != version || known->rights->person() != person) return nullptr;
    people_.splice(people_.begin(), people_, known);
    return known->rights;
}

void RightsCache::keep(const Known& known) {
    const std::lock_guard lock(mutex_);
    const std::int64_t user_id = known.rights->person().user_id;
    if (const auto before = by_id_.find(user_id); before != by_id_.end()) {
        people_.erase(before->second);
        by_id_.erase(before);
    }
    people_.push_front(known);
    by_id_.emplace(user_id, people_.begin());
    if (people_.size() > most_people_) {
        by_id_.erase(people_.back().rights->person().user_id);
        people_.pop_back();
    }
}

}  // namespace nassaq::access
