#include "http/fair_share.hpp"

#include <algorithm>

namespace nassaq::http {

FairShare::FairShare(std::size_t whole, std::size_t of_one)
    : whole_(whole), of_one_(std::max<std::size_t>(1, of_one)), parts_(std::max<std::size_t>(1, whole / of_one_)) {}

std::optional<FairShare::Place> FairShare::take(Owner owner, std::size_t amount) {
    if (!add(owner, amount)) return std::nullopt;
    return Place(*this, owner, amount);
}

bool FairShare::Place::grow_to(std::size_t amount) {
    if (amount <= amount_) return true;
    if (!share_->add(owner_, amount - amount_)) return false;
    amount_ = amount;
    return true;
}

bool FairShare::add(Owner owner, std::size_t amount) {
    const std::scoped_lock lock(mutex_);
    if (amount > whole_ - taken_) return false;
    if (owner != nobody) {
        const auto found = by_owner_.find(owner);
        const std::size_t held = found == by_owner_.end() ? 0 : found->second;
        const std::size_t left_by_others = whole_ - (taken_ - held);
        // Rounded up: while there is any left, whoever has none gets some.
        const std::size_t part = (left_by_others + parts_ - 1) / parts_;
        if (held >= part || amount > of_one_ - held) return false;
        by_owner_[owner] = held + amount;
    }
    taken_ += amount;
    return true;
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
