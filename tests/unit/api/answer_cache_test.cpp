#include "api/answer_cache.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace nassaq::api {
namespace {

AnswerCache::Answer answer(std::string text) {
    return std::make_shared<const std::string>(std::move(text));
}

TEST(AnswerCache, KnowsAnAnswerOfThisVersionOnly) {
    AnswerCache cache;
    EXPECT_EQ(cache.find("mine", 1), nullptr);
    cache.keep("mine", 1, answer("one"));
    EXPECT_EQ(*cache.find("mine", 1), "one");
    EXPECT_EQ(cache.find("mine", 2), nullptr);
    EXPECT_EQ(cache.find("yours", 1), nullptr);
    cache.keep("mine", 2, answer("two"));
    EXPECT_EQ(*cache.find("mine", 2), "two");
    EXPECT_EQ(cache.find("mine", 1), nullptr);
    EXPECT_EQ(cache.bytes(), 7U);
}

TEST(AnswerCache, ForgetsTheOneAskedForLongestAgo) {
    AnswerCache cache(1000);
    for (int number = 0; number < 10; ++number) {
        cache.keep(std::to_string(number), 1, answer(std::string(99, 'x')));
    }
    ASSERT_NE(cache.find("0", 1), nullptr);
    cache.keep("a", 1, answer(std::string(99, 'x')));
    EXPECT_NE(cache.find("0", 1), nullptr);
    EXPECT_EQ(cache.find("1", 1), nullptr);
    EXPECT_LE(cache.bytes(), 1000U);
}

TEST(AnswerCache, KeepsNoAnswerThatCrowdsOutOthers) {
    AnswerCache cache(1000);
    cache.keep("large", 1, answer(std::string(500, 'x')));
    EXPECT_EQ(cache.find("large", 1), nullptr);
    EXPECT_EQ(cache.bytes(), 0U);
}

TEST(AnswerCache, ServesSeveralThreads) {
    AnswerCache cache(10'000);
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&cache, thread] {
            for (int step = 0; step < 2000; ++step) {
                const std::string key = std::to_string((thread * 7 + step) % 50);
                const std::int64_t version = step / 100;
                const auto found = cache.find(key, version);
                const std::string expected = key + " " + std::to_string(version);
                if (found) {
                    EXPECT_EQ(*found, expected);
                } else {
                    cache.keep(key, version, answer(expected));
                }
            }
        });
    }
}

}  // namespace
}  // namespace nassaq::api
