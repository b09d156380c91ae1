#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>

namespace nassaq::security {

/// Lets each key do something at most `limit` times in a window, which begins with the key's first time. Of this
/// process alone, and in bounded memory: with more than `most_keys` the windows that began first are forgotten. Safe to
/// use from several threads; never blocks for long.
class RateLimiter {
public:
    using Clock = std::chrono::steady_clock;

    static constexpr std::chrono::seconds window{60};
    static constexpr std::size_t default_most_keys = 100'000;

    /// @param limit  0 = no limit.
    explicit RateLimiter(std::uint64_t limit, std::size_t most_keys = default_most_keys)
        : limit_(limit), most_keys_(most_keys) {}

    /// Counts one time for the key, unless it has had its share.
    /// @return nothing when it may; else how long until it may again, at least a second.
    std::optional<std::chrono::seconds> take(std::string_view key, Clock::time_point now = Clock::now());
    /// How many keys are remembered.
    [[nodiscard]] std::size_t key_count() const;
    /// How often take() has said no.
    [[nodiscard]] std::uint64_t refusals() const;

private:
    /// Of the key. Two keys with one hash would share a limit, which harms nobody.
    using Hash = std::size_t;
    struct Window {
        Clock::time_point begin;
        std::uint64_t count;
    };
    struct Beginning {
        Clock::time_point time;
        Hash key;
    };

    void forget_first();
    void forget_ended(Clock::time_point now);

    const std::uint64_t limit_;
    const std::size_t most_keys_;
    mutable std::mutex mutex_;
    std::uint64_t refusals_ = 0;
    std::unordered_map<Hash, Window> windows_;
    std::deque<Beginning> beginnings_;  ///< One for each window, in order.
};

}  // namespace nassaq::security
