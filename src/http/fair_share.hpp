#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

namespace nassaq::http {

/// Whom something is counted for: a user, or a client that nobody knows.
using Owner = std::uint64_t;
/// What no one in particular stands for is bounded by the whole only.
inline constexpr Owner nobody = 0;

/// Something that there is so much of, of which nobody may have more than a part: so large a part of the whole when
/// they are alone, and of what the others have left when they are not. So the first comers, however many they are,
/// never take all of it between them (decision 0094). Safe to use from any thread; outlives its places.
class FairShare {
public:
    /// A part of it, until it is destroyed.
    class Place {
    public:
        Place(FairShare& share, Owner owner, std::size_t amount) : share_(&share), owner_(owner), amount_(amount) {}
        Place(Place&& other) noexcept
            : share_(std::exchange(other.share_, nullptr)), owner_(other.owner_), amount_(other.amount_) {}
        Place& operator=(Place&& other) noexcept {
            std::swap(share_, other.share_);
            std::swap(owner_, other.owner_);
            std::swap(amount_, other.amount_);
            return *this;
        }
        ~Place() {
            if (share_ != nullptr) share_->give_back(owner_, amount_);
        }

        /// Makes it at least that much. @return false, and leaves it as it is, where take() would refuse the rest.
        bool grow_to(std::size_t amount);

    private:
        FairShare* share_;
        Owner owner_;
        std::size_t amount_;
    };

    /// @param of_one  how much of it one owner may have, at least 1.
    FairShare(std::size_t whole, std::size_t of_one);

    /// @return nothing when the owner has its part already, when this would be more than anybody may have, or when so
    /// much is not left.
    std::optional<Place> take(Owner owner, std::size_t amount = 1);
    [[nodiscard]] std::size_t taken() const { return taken_; }

private:
    bool add(Owner owner, std::size_t amount);
    void give_back(Owner owner, std::size_t amount);

    const std::size_t whole_;
    const std::size_t of_one_;
    const std::size_t parts_;  ///< Nobody has more than one of so many of what there is for them.
    std::mutex mutex_;
    std::atomic<std::size_t> taken_ = 0;  ///< Written under the lock.
    std::unordered_map<Owner, std::size_t> by_owner_;
};

}  // namespace nassaq::http
