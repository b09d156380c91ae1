#include "api/answer_cache.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>
#include <variant>
#include <vector>

namespace nassaq::api {
namespace {

using namespace std::chrono_literals;

http::Response answer(std::string text) {
    return {.status = 200, .headers = {}, .body = std::move(text)};
}

/// The body of what is kept; "(nothing)" when nothing is.
std::string found(AnswerCache& cache, std::string_view key, std::int64_t version) {
    const auto answer = cache.find(key, version);
    return answer ? std::get<std::string>(answer->body) : "(nothing)";
}

TEST(AnswerCache, KnowsAnAnswerOfThisVersionOnly) {
    AnswerCache cache;
    EXPECT_EQ(cache.find("mine", 1), nullptr);
    cache.keep("mine", 1, answer("one"));
    EXPECT_EQ(found(cache, "mine", 1), "one");
    EXPECT_EQ(cache.find("mine", 2), nullptr);
    EXPECT_EQ(cache.find("yours", 1), nullptr);
    cache.keep("mine", 2, answer("two"));
    EXPECT_EQ(found(cache, "mine", 2), "two");
    EXPECT_EQ(cache.find("mine", 1), nullptr);
    EXPECT_EQ(cache.bytes(), 7U);
}

TEST(AnswerCache, KeepsTheWholeAnswer) {
    AnswerCache cache;
    http::Response made = http::json_response("{}", 201);
    made.headers.add("vary", "Accept-Encoding");
    cache.keep("mine", 1, made);
    const auto known = cache.find("mine", 1);
    ASSERT_TRUE(known);
    EXPECT_EQ(known->status, 201);
    EXPECT_EQ(known->headers.find("content-type"), "application/json");
    EXPECT_EQ(known->headers.find("vary"), "Accept-Encoding");
}

TEST(AnswerCache, ForgetsAnAnswerWhoseTimeIsUp) {
    AnswerCache cache;
    const auto now = AnswerCache::Clock::now();
    cache.keep("for long", 1, answer("one"), now + 1h);
    cache.keep("over", 1, answer("one"), now);
    EXPECT_TRUE(cache.has("for long"));
    EXPECT_EQ(found(cache, "for long", 1), "one");
    EXPECT_FALSE(cache.has("over"));
    EXPECT_EQ(cache.find("over", 1), nullptr);
    cache.keep("over", 1, answer("two"));
    EXPECT_EQ(found(cache, "over", 1), "two");
}

TEST(AnswerCache, KnowsWhetherThereIsOneOfAnyVersion) {
    AnswerCache cache;
    EXPECT_FALSE(cache.has("mine"));
    cache.keep("mine", 1, answer("one"));
    EXPECT_TRUE(cache.has("mine"));
    EXPECT_FALSE(cache.has("yours"));
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
                const auto known = cache.find(key, version);
                const std::string expected = key + " " + std::to_string(version);
                if (known) {
                    EXPECT_EQ(std::get<std::string>(known->body), expected);
                } else {
                    cache.keep(key, version, answer(expected));
                }
            }
        });
    }
}

}  // namespace
}  // namespace nassaq::api
