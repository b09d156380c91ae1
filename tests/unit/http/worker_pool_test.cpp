#include "http/worker_pool.hpp"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <future>
#include <memory>
#include <thread>
#include <vector>

namespace nassaq::http {
namespace {

using enum WorkerPool::Admission;

class FunctionJob final : public Job {
public:
    explicit FunctionJob(std::function<void()> function) : function_(std::move(function)) {}
    void run() noexcept override { function_(); }
    void resume() override {}

private:
    std::function<void()> function_;
};

TEST(WorkerPoolTest, RunsEverythingBeforeItEnds) {
    std::atomic<int> count = 0;
    std::vector<std::unique_ptr<FunctionJob>> jobs;
    {
        WorkerPool pool({.name = "test", .threads = 3, .queue_limit = 10});
        for (int i = 0; i < 1000; ++i) {
            jobs.push_back(std::make_unique<FunctionJob>([&] { ++count; }));
            ASSERT_TRUE(pool.submit(*jobs.back(), granted));
        }
    }
    EXPECT_EQ(count, 1000);
}

TEST(WorkerPoolTest, BoundsWhatWaits) {
    std::promise<void> release;
    std::promise<void> running;
    FunctionJob blocker([&] {
        running.set_value();
        release.get_future().wait();
    });
    FunctionJob first([] {});
    FunctionJob second([] {});
    FunctionJob third([] {});
    FunctionJob continuation([] {});
    WorkerPool pool({.name = "test", .threads = 1, .queue_limit = 2});
    ASSERT_TRUE(pool.submit(blocker, bounded));
    running.get_future().wait();
    EXPECT_TRUE(pool.submit(first, bounded));
    EXPECT_TRUE(pool.submit(second, bounded));
    EXPECT_FALSE(pool.submit(third, bounded));
    EXPECT_TRUE(pool.submit(continuation, granted));
    release.set_value();
}

/// A pool of one thread that is busy, until the test lets it go.
class BusyPool {
public:
    BusyPool() {
        EXPECT_TRUE(pool_.submit(blocker_, bounded));
        running_.get_future().wait();
    }
    void submit(Owner owner, std::vector<Owner>& order) {
        jobs_.push_back(std::make_unique<FunctionJob>([&order, owner] { order.push_back(owner); }));
        ASSERT_TRUE(pool_.submit(*jobs_.back(), granted, owner));
    }
    void finish() {
        release_.set_value();
        while (pool_.queued() > 0) std::this_thread::yield();
    }

private:
    std::promise<void> release_;
    std::promise<void> running_;
    FunctionJob blocker_{[this] {
        running_.set_value();
        release_.get_future().wait();
    }};
    std::vector<std::unique_ptr<FunctionJob>> jobs_;
    WorkerPool pool_{{.name = "test", .threads = 1, .queue_limit = 10}};
};

TEST(WorkerPoolTest, TakesOwnersInTurn) {
    std::vector<Owner> order;
    {
        BusyPool pool;
        for (int i = 0; i < 1000; ++i) pool.submit(1, order);
        pool.submit(2, order);
        pool.submit(3, order);
        pool.submit(2, order);
        pool.finish();
    }
    ASSERT_EQ(order.size(), 1003U);
    EXPECT_EQ(std::vector<Owner>(order.begin(), order.begin() + 6), (std::vector<Owner>{1, 2, 3, 1, 2, 1}));
}

TEST(WorkerPoolTest, LeavesThreadsAndPlacesToOthers) {
    std::promise<void> release;
    const std::shared_future<void> released = release.get_future().share();
    std::atomic<int> running = 0;
    std::promise<void> other_ran;
    std::vector<std::unique_ptr<FunctionJob>> jobs;
    FunctionJob other([&] { other_ran.set_value(); });
    WorkerPool pool({.name = "test", .threads = 3, .threads_of_one = 2, .queue_limit = 10});
    int taken = 0;
    for (int i = 0; i < 50; ++i) {
        jobs.push_back(std::make_unique<FunctionJob>([&] {
            ++running;
            released.wait();
        }));
        if (pool.submit(*jobs.back(), bounded, 1)) ++taken;
        while (i < 2 && running <= i) std::this_thread::yield();  // Two have a thread each; the rest wait.
    }
    EXPECT_EQ(running, 2);
    EXPECT_EQ(taken, 2 + 5);
    ASSERT_TRUE(pool.submit(other, bounded, 2));
    other_ran.get_future().wait();
    EXPECT_EQ(running, 2);
    release.set_value();
    while (running < taken) std::this_thread::yield();
}

TEST(FairShareTest, NobodyHasMoreThanAPart) {
    FairShare share(4, 2);
    auto first = share.take(1);
    auto second = share.take(1);
    EXPECT_TRUE(first && second);
    EXPECT_FALSE(share.take(1));
    auto other = share.take(2, 2);
    EXPECT_TRUE(other);
    EXPECT_FALSE(share.take(3)) << "all is taken";
    EXPECT_FALSE(share.take(nobody));
    first.reset();
    EXPECT_EQ(share.taken(), 3U);
    EXPECT_TRUE(share.take(nobody));
    EXPECT_FALSE(share.take(3, 2));
    other.reset();
    EXPECT_TRUE(share.take(1)) << "its own is free again";
}

TEST(WorkerPoolTest, NamesItsThreads) {
    std::promise<std::string> name;
    FunctionJob job([&] {
        std::array<char, 16> buffer{};
        ::pthread_getname_np(::pthread_self(), buffer.data(), buffer.size());
        name.set_value(buffer.data());
    });
    WorkerPool pool({.name = "test-work", .threads = 1, .queue_limit = 1});
    EXPECT_TRUE(pool.submit(job, granted));
    EXPECT_EQ(name.get_future().get(), "test-work-0");
}

}  // namespace
}  // namespace nassaq::http
