#include "jobs/lease_watch.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace nassaq::jobs {
namespace {

using namespace std::chrono_literals;

TEST(LeaseWatch, IsOverWhenNobodyRenewsIt) {
    LeaseWatch watch(20ms);
    const Timestamp end = now() + 1h;
    EXPECT_FALSE(watch.is_over(1, end));
    std::this_thread::sleep_for(25ms);
    EXPECT_FALSE(watch.is_over(2, end)) << "it is seen for the first time";
    EXPECT_TRUE(watch.is_over(1, end));
}

TEST(LeaseWatch, IsNotOverWhileItIsRenewed) {
    LeaseWatch watch(20ms);
    Timestamp end = now() + 1h;
    for (int i = 0; i < 5; ++i) {
        EXPECT_FALSE(watch.is_over(1, end));
        std::this_thread::sleep_for(15ms);
        end += 15ms;
    }
}

TEST(LeaseWatch, ForgetsWhatItHasNotSeenForLong) {
    LeaseWatch watch(10ms);
    const Timestamp end = now() + 1h;
    EXPECT_FALSE(watch.is_over(1, end));
    std::this_thread::sleep_for(30ms);
    EXPECT_FALSE(watch.is_over(2, end));
    EXPECT_FALSE(watch.is_over(1, end)) << "the same again, after it was given up and taken anew";
}

}  // namespace
}  // namespace nassaq::jobs
