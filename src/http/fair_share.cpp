#include "http/fair_share.hpp"

namespace nassaq::http {

std::optional<FairShare::Place> FairShare::take(Owner owner, std::size_t amount) {
    const std::scoped_lock lock(mutex_);
    if (amount > whole_ - taken_) return std::nullopt;
    if (owner != nobody) {
        std::size_t& of_owner = by_owner_[owner];
        if (amount > of_one_ - of_owner) {
            if (of_owner == 0) by_owner_.erase(owner);
            return std::nullopt;
        }
        of_owner += amount;
    }
    taken_ += amount;
    return Place(*this, owner, amount);
}

void FairShare::give_back(Owner owner, std::size_t amount) {
    const std::scoped_lock lock(mutex_);
    taken_ -= amount;
    const auto found = by_owner_.find(owner);
    if (found == by_owner_.end()) return;
    found->second -= amount;
    if (found->second == 0) by_owner_.erase(found);
}

}  // namespace nassaq::http
