#include "api/shared_answer.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace nassaq::api {
namespace {

using namespace std::chrono_literals;

http::Response numbered(int number) {
    return {.status = 200, .headers = {}, .body = std::to_string(number)};
}

TEST(SharedAnswerTest, IsMadeOnceForAllWhoAskedBeforeIt) {
    SharedAnswer shared;
    std::atomic<int> made = 0;
    const auto make = [&] { return numbered(++made); };
    const auto received = SharedAnswer::Clock::now();
    std::vector<std::jthread> threads;
    for (int i = 0; i < 100; ++i) {
        threads.emplace_back([&] { EXPECT_EQ(std::get<std::string>(shared.get(received, make).body), "1"); });
    }
    threads.clear();
    EXPECT_EQ(made, 1);
}

TEST(SharedAnswerTest, IsNeverOlderThanTheRequestAndNotMadeMoreOften) {
    SharedAnswer shared;
    int made = 0;
    const auto make = [&] { return numbered(++made); };
    const auto begin = SharedAnswer::Clock::now();
    for (int i = 1; i <= 4; ++i) {
        EXPECT_EQ(std::get<std::string>(shared.get(SharedAnswer::Clock::now(), make).body), std::to_string(i));
    }
    EXPECT_GE(SharedAnswer::Clock::now() - begin, 3 * SharedAnswer::interval);
}

TEST(SharedAnswerTest, ForgetsWhatFailed) {
    SharedAnswer shared;
    const auto received = SharedAnswer::Clock::now();
    EXPECT_THROW(shared.get(received, []() -> http::Response { throw std::runtime_error("away"); }),
                 std::runtime_error);
    EXPECT_EQ(std::get<std::string>(shared.get(received, [] { return numbered(2); }).body), "2");
}

}  // namespace
}  // namespace nassaq::api
