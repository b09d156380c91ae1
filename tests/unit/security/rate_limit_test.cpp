#include "security/rate_limit.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace nassaq::security {
namespace {

using namespace std::chrono_literals;

constexpr RateLimiter::Clock::time_point start{1h};

TEST(RateLimiter, LetsAKeyHaveItsShareAndNoMore) {
    RateLimiter limiter(3);
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(limiter.take("a", start), std::nullopt);
    }
    EXPECT_EQ(limiter.take("a", start), 60s);
    EXPECT_EQ(limiter.take("b", start), std::nullopt);
}

TEST(RateLimiter, SaysHowLongToWaitAndKeepsItsWord) {
    RateLimiter limiter(1);
    EXPECT_EQ(limiter.take("a", start), std::nullopt);
    EXPECT_EQ(limiter.take("a", start + 59'001ms), 1s);
    EXPECT_EQ(limiter.take("a", start + 30'500ms), 30s);
    EXPECT_EQ(limiter.take("a", start + 60s), std::nullopt);
    EXPECT_EQ(limiter.take("a", start + 61s), 59s);
}

TEST(RateLimiter, DoesNotCountWhatItRefuses) {
    RateLimiter limiter(2);
    for (int i = 0; i < 100; ++i) {
        static_cast<void>(limiter.take("a", start));
    }
    EXPECT_EQ(limiter.take("a", start + 60s), std::nullopt);
    EXPECT_EQ(limiter.take("a", start + 60s), std::nullopt);
}

TEST(RateLimiter, WithALimitOfZeroIsOff) {
    RateLimiter limiter(0);
    for (int i = 0; i < 1000; ++i) {
        EXPECT_EQ(limiter.take("a", start), std::nullopt);
    }
    EXPECT_EQ(limiter.key_count(), 0U);
}

TEST(RateLimiter, ForgetsWindowsThatHaveEnded) {
    RateLimiter limiter(1);
    for (int i = 0; i < 1000; ++i) {
        EXPECT_EQ(limiter.take(std::to_string(i), start + i * 1ms), std::nullopt);
    }
    EXPECT_EQ(limiter.key_count(), 1000U);
    EXPECT_EQ(limiter.take("x", start + 60s + 499ms), std::nullopt);
    EXPECT_EQ(limiter.key_count(), 501U);
}

TEST(RateLimiter, HoldsItsMemory) {
    RateLimiter limiter(1, 100);
    for (int i = 0; i < 10'000; ++i) {
        EXPECT_EQ(limiter.take(std::to_string(i), start), std::nullopt);
    }
    EXPECT_EQ(limiter.key_count(), 100U);
    EXPECT_EQ(limiter.take("9999", start), 60s);        // One of the last is remembered,
    EXPECT_EQ(limiter.take("0", start), std::nullopt);  // one of the first is not.
}

TEST(RateLimiter, CountsEveryThread) {
    RateLimiter limiter(1000);
    std::atomic<int> taken = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&] {
                for (int j = 0; j < 500; ++j) {
                    taken += limiter.take("a", start) ? 0 : 1;
                }
            });
        }
    }
    EXPECT_EQ(taken, 1000);
}

}  // namespace
}  // namespace nassaq::security
