#include "http/body_pace.hpp"

#include <algorithm>
#include <chrono>

namespace nassaq::http {
namespace {

/// Beyond any body, and far from the end of the clock.
constexpr std::chrono::seconds no_end = std::chrono::hours{24 * 365};

Clock::duration time_of_upload(const Limits& limits, std::optional<std::uint64_t> length) {
    if (!length || limits.body_rate == 0) {
        return no_end;
    }
    const std::chrono::seconds at_the_rate{*length / limits.body_rate};
    return limits.body_timeout + std::min(at_the_rate, no_end);
}

}  // namespace

BodyPace::BodyPace(const Limits& limits)
    : stall_timeout_(limits.stall_timeout), left_(limits.body_timeout), window_(no_end), window_left_(no_end) {}

BodyPace::BodyPace(const Limits& limits, std::optional<std::uint64_t> length)
    : stall_timeout_(limits.stall_timeout),
      left_(time_of_upload(limits, length)),
      window_(limits.body_rate_window),
      window_left_(limits.body_timeout),
      window_bytes_(limits.body_rate * static_cast<std::uint64_t>(limits.body_rate_window.count()) / 1000) {}

Clock::time_point BodyPace::deadline(Clock::time_point now) const {
    const Clock::duration patience = std::min(stall_timeout_, left_);
    return now + (missing_bytes_ > 0 ? std::min(patience, window_left_) : patience);
}

void BodyPace::add_bytes(std::uint64_t count) {
    missing_bytes_ -= std::min(missing_bytes_, count);
}

void BodyPace::add_waiting(Clock::duration time) {
    left_ -= time;
    window_left_ -= time;
    while (window_left_ < Clock::duration::zero() && missing_bytes_ == 0 && left_ > Clock::duration::zero()) {
        window_left_ += window_;
        missing_bytes_ = window_bytes_;
        if (missing_bytes_ == 0) {
            window_left_ = no_end;  // Without a rate there is nothing to be measured.
        }
    }
}

bool BodyPace::is_over() const {
    return left_ <= Clock::duration::zero() || (missing_bytes_ > 0 && window_left_ <= Clock::duration::zero());
}

}  // namespace nassaq::http
