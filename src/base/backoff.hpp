#pragma once

#include <chrono>
#include <cstdint>

namespace nassaq {

/// How long to wait after failures in a row: twice as long after each, up to a limit, and spread by chance so that
/// those who failed together do not come back together ("Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
struct Backoff {
    std::chrono::milliseconds base{1000};  ///< After the first failure.
    std::chrono::milliseconds cap{60'000};

    /// @param failures  From 1. @param fraction  The chance, from 0 to 1.
    /// @return between half of the wait and the whole, so a later wait is never the shorter one.
    [[nodiscard]] std::chrono::milliseconds delay(std::int64_t failures, double fraction) const;
    /// The same with a fraction of its own choosing.
    [[nodiscard]] std::chrono::milliseconds delay(std::int64_t failures) const;
};

}  // namespace nassaq
