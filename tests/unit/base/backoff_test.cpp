#include "base/backoff.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <set>

namespace nassaq {
namespace {

using namespace std::chrono_literals;

constexpr Backoff backoff{.base = 1s, .cap = 60s};

TEST(Backoff, DoublesUpToTheCap) {
    EXPECT_EQ(backoff.delay(1, 1.0), 1s);
    EXPECT_EQ(backoff.delay(2, 1.0), 2s);
    EXPECT_EQ(backoff.delay(3, 1.0), 4s);
    EXPECT_EQ(backoff.delay(6, 1.0), 32s);
    EXPECT_EQ(backoff.delay(7, 1.0), 60s);
    EXPECT_EQ(backoff.delay(std::numeric_limits<std::int64_t>::max(), 1.0), 60s);
}

TEST(Backoff, ChanceTakesAtMostHalf) {
    EXPECT_EQ(backoff.delay(3, 0.0), 2s);
    EXPECT_EQ(backoff.delay(3, 0.5), 3s);
    EXPECT_EQ(backoff.delay(3, 7.0), 4s);
    EXPECT_EQ(backoff.delay(3, -1.0), 2s);
}

TEST(Backoff, NoFailureCountsAsTheFirst) {
    EXPECT_EQ(backoff.delay(0, 1.0), 1s);
    EXPECT_EQ(backoff.delay(-5, 1.0), 1s);
}

TEST(Backoff, ALaterWaitIsNeverShorter) {
    for (int failures = 1; failures < 10; ++failures) {
        EXPECT_LE(backoff.delay(failures, 1.0), backoff.delay(failures + 1, 0.0) + (failures >= 6 ? 60s : 0s));
    }
}

TEST(Backoff, SpreadsByChance) {
    std::set<std::chrono::milliseconds> delays;
    for (int i = 0; i < 100; ++i) {
        const auto delay = backoff.delay(3);
        EXPECT_GE(delay, 2s);
        EXPECT_LE(delay, 4s);
        delays.insert(delay);
    }
    EXPECT_GT(delays.size(), 20U);
}

}  // namespace
}  // namespace nassaq
