#include "http/body_pace.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>

namespace nassaq::http {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t half_a_window = 15'360;

/// How long a client may go on that sends `bytes` every `pause`.
std::chrono::seconds life(BodyPace pace, std::uint64_t bytes, std::chrono::seconds pause) {
    std::chrono::seconds waited{0};
    while (!pace.is_over() && waited < 24h) {
        const Clock::time_point now{};
        const auto patience = std::chrono::ceil<std::chrono::seconds>(pace.deadline(now) - now);
        if (patience < pause) return waited + patience;
        pace.add_waiting(pause);
        pace.add_bytes(bytes);
        waited += pause;
    }
    return waited;
}

TEST(BodyPace, ABodyInMemoryHasAMinute) {
    EXPECT_EQ(life(BodyPace(Limits()), 1, 20s), 60s);
    EXPECT_EQ(life(BodyPace(Limits()), 1'000, 1s), 60s);
    EXPECT_EQ(life(BodyPace(Limits()), 0, 31s), 30s) << "silence";
}

TEST(BodyPace, AnUploadHasAMinuteAndItsLengthAtTheRate) {
    EXPECT_EQ(life(BodyPace({}, 10 * 1024), 1, 10s), 70s);
    EXPECT_EQ(life(BodyPace({}, 100 * 1024), 1024, 1s), 160s);
}

TEST(BodyPace, AnUploadThatTricklesEndsWithTheFirstWindowBehindTheMinute) {
    EXPECT_EQ(life(BodyPace({}, std::uint64_t{50} << 20U), 1, 20s), 90s);
    EXPECT_EQ(life(BodyPace({}, std::nullopt), 1, 20s), 90s) << "of unknown length";
    EXPECT_EQ(life(BodyPace({}, std::nullopt), 1023, 1s), 90s);
}

TEST(BodyPace, WhatCameFastIsNoCreditForLater) {
    BodyPace pace({}, std::nullopt);
    pace.add_bytes(std::uint64_t{1} << 30U);
    EXPECT_EQ(life(pace, 1, 10s), 90s);
}

TEST(BodyPace, AnUploadAtTheRateGoesOn) {
    EXPECT_EQ(life(BodyPace({}, std::nullopt), 1024, 1s), 24h);
    EXPECT_GE(life(BodyPace({}, std::nullopt), 2 * half_a_window, 29s), 24h);
    EXPECT_GT(life(BodyPace({}, std::uint64_t{50} << 20U), 2048, 1s), 7h) << "50 MB on a slow line";
}

TEST(BodyPace, WithoutARateOnlySilenceEndsAnUpload) {
    Limits limits;
    limits.body_rate = 0;
    EXPECT_EQ(life(BodyPace(limits, std::uint64_t{1} << 20U), 1, 20s), 24h);
    EXPECT_EQ(life(BodyPace(limits, std::nullopt), 1, 31s), 30s);
    EXPECT_EQ(life(BodyPace(limits), 1, 20s), 60s) << "in memory";
}

TEST(BodyPace, TheLargestLengthIsNoOverflow) {
    EXPECT_EQ(life(BodyPace({}, std::numeric_limits<std::uint64_t>::max()), 1024, 1s), 24h);
}

}  // namespace
}  // namespace nassaq::http
