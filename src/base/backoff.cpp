#include "base/backoff.hpp"

#include <algorithm>
#include <cmath>

#include "base/id.hpp"

namespace nassaq {
namespace {

/// From 0 to 1.
double random_fraction() {
    double fraction = 0;
    for (const char byte : random_bytes(4)) {
        fraction = (fraction + static_cast<double>(static_cast<unsigned char>(byte))) / 256;
    }
    return fraction;
}

}  // namespace

std::chrono::milliseconds Backoff::delay(std::int64_t failures, double fraction) const {
    constexpr std::int64_t enough_doublings = 40;
    const auto doublings = static_cast<int>(std::clamp<std::int64_t>(failures - 1, 0, enough_doublings));
    const double whole =
        std::min(std::ldexp(static_cast<double>(base.count()), doublings), static_cast<double>(cap.count()));
    const double spread = (1 + std::clamp(fraction, 0.0, 1.0)) / 2;
    return std::chrono::milliseconds{static_cast<std::int64_t>(whole * spread)};
}

std::chrono::milliseconds Backoff::delay(std::int64_t failures) const {
    return delay(failures, random_fraction());
}

}  // namespace nassaq
