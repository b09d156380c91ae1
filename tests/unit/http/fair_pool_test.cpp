#include "http/fair_pool.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <list>
#include <mutex>
#include <vector>

namespace nassaq::http {
namespace {

class OwnedJob final : public Job {
public:
    explicit OwnedJob(std::function<void()> work) : work_(std::move(work)) {}
    void run() noexcept override { work_(); }
    void resume() override {}

private:
    std::function<void()> work_;
};

class FairPoolTest : public testing::Test {
protected:
    /// @return whether it was taken.
    bool submit(FairPool& pool, std::int64_t owner) {
        jobs_.emplace_back([this, owner] {
            open_.wait();
            const std::scoped_lock lock(mutex_);
            order_.push_back(owner);
        });
        return pool.submit(jobs_.back(), owner);
    }

    std::promise<void> gate_;
    std::shared_future<void> open_ = gate_.get_future().share();
    std::list<OwnedJob> jobs_;
    std::mutex mutex_;
    std::vector<std::int64_t> order_;
};

TEST_F(FairPoolTest, OwnersComeInTurn) {
    {
        FairPool pool("test-fair", 1, 1);
        ASSERT_TRUE(submit(pool, 1));
        while (pool.queued() > 0) {
            std::this_thread::yield();  // It is running, and waits for the gate.
        }
        for (const std::int64_t owner : {1, 1, 1, 2, 3, 2}) {
            ASSERT_TRUE(submit(pool, owner));
        }
        EXPECT_EQ(pool.queued(), 6U);
        gate_.set_value();
    }
    EXPECT_THAT(order_, testing::ElementsAre(1, 2, 3, 1, 2, 1, 1));
}

TEST_F(FairPoolTest, NobodyHasMoreJobsRunningThanAllowed) {
    std::promise<void> has_run;
    FairPool pool("test-fair", 4, 2);
    for (int i = 0; i < 10; ++i) {
        ASSERT_TRUE(submit(pool, 1));
    }
    OwnedJob other([&] { has_run.set_value(); });
    ASSERT_TRUE(pool.submit(other, 2));
    EXPECT_EQ(has_run.get_future().wait_for(std::chrono::seconds{5}), std::future_status::ready)
        << "a thread is free for another";
    EXPECT_EQ(pool.queued(), 8U);
    gate_.set_value();
}

TEST_F(FairPoolTest, ALineHasAnEnd) {
    FairPool pool("test-fair", 1, 1);
    ASSERT_TRUE(submit(pool, 1));
    while (pool.queued() > 0) {
        std::this_thread::yield();
    }
    for (std::size_t i = 0; i < FairPool::longest_line; ++i) {
        EXPECT_TRUE(submit(pool, 1));
    }
    EXPECT_FALSE(submit(pool, 1));
    EXPECT_TRUE(submit(pool, 2)) << "of that owner only";
    gate_.set_value();
}

}  // namespace
}  // namespace nassaq::http
