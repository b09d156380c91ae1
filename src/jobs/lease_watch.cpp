#include "jobs/lease_watch.hpp"

namespace nassaq::jobs {

bool LeaseWatch::is_over(std::int64_t id, Timestamp end) {
    const std::scoped_lock lock(mutex_);
    const auto time = Clock::now();
    forget_old(time);
    const auto [found, is_new] = seen_.try_emplace(id, Seen{.end = end, .first = time, .last = time});
    Seen& seen = found->second;
    if (seen.end != end) {
        seen = {.end = end, .first = time, .last = time};
    }
    seen.last = time;
    return time - seen.first >= length_;
}

/// What has not been seen for so long is gone.
void LeaseWatch::forget_old(Clock::time_point time) {
    std::erase_if(seen_, [&](const auto& entry) { return time - entry.second.last > 2 * length_; });
}

}  // namespace nassaq::jobs
