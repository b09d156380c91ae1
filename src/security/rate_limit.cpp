#include "security/rate_limit.hpp"

#include <algorithm>
#include <functional>

namespace nassaq::security {

std::optional<std::chrono::seconds> RateLimiter::take(std::string_view key, Clock::time_point now) {
    if (limit_ == 0) {
        return std::nullopt;
    }
    const Hash hash = std::hash<std::string_view>{}(key);
    const std::scoped_lock lock(mutex_);
    forget_ended(now);
    if (const auto found = windows_.find(hash); found != windows_.end()) {
        Window& current = found->second;
        if (current.count < limit_) {
            ++current.count;
            return std::nullopt;
        }
        ++refusals_;
        return std::max(std::chrono::ceil<std::chrono::seconds>(current.begin + window - now), std::chrono::seconds{1});
    }
    if (windows_.size() >= most_keys_) {
        forget_first();
    }
    windows_.emplace(hash, Window{.begin = now, .count = 1});
    beginnings_.push_back({.time = now, .key = hash});
    return std::nullopt;
}

std::size_t RateLimiter::key_count() const {
    const std::scoped_lock lock(mutex_);
    return windows_.size();
}

std::uint64_t RateLimiter::refusals() const {
    const std::scoped_lock lock(mutex_);
    return refusals_;
}

void RateLimiter::forget_first() {
    windows_.erase(beginnings_.front().key);
    beginnings_.pop_front();
}

void RateLimiter::forget_ended(Clock::time_point now) {
    while (!beginnings_.empty() && now - beginnings_.front().time >= window) {
        forget_first();
    }
}

}  // namespace nassaq::security
