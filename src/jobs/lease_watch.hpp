#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <unordered_map>

#include "base/clock.hpp"

namespace nassaq::jobs {

/// Leases that end later than any lease lasts: they were written by a clock that is ahead, or was. Which of the two
/// shows by this process's own steady clock: who is alive renews its lease, or gives it up. Safe to use from several
/// threads.
class LeaseWatch {
public:
    /// @param length  How long a lease lasts.
    explicit LeaseWatch(std::chrono::milliseconds length) : length_(length) {}

    /// To be called whenever such a lease is seen. @return whether it has said the same for as long as a lease lasts.
    bool is_over(std::int64_t id, Timestamp end);

private:
    using Clock = std::chrono::steady_clock;

    struct Seen {
        Timestamp end;
        Clock::time_point first;
        Clock::time_point last;
    };

    void forget_old(Clock::time_point time);

    std::chrono::milliseconds length_;
    std::mutex mutex_;
    std::unordered_map<std::int64_t, Seen> seen_;
};

}  // namespace nassaq::jobs
