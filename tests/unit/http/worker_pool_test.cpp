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

/// Jobs that wait until the test lets them go.
class HeldJobs {
public:
    /// @return whether the pool has taken it.
    bool submit(WorkerPool& pool, Owner owner) {
        jobs_.push_back(std::make_unique<FunctionJob>([this, owner] {
            ++running_[owner];
            released_.wait();
        }));
        return pool.submit(*jobs_.back(), bounded, owner);
    }
    std::size_t submit_many(WorkerPool& pool, Owner owner, int count) {
        std::size_t taken = 0;
        for (int i = 0; i < count; ++i) taken += submit(pool, owner) ? 1 : 0;
        return taken;
    }
    void wait_for(Owner owner, int running) {
        while (running_[owner] < running) std::this_thread::yield();
    }
    [[nodiscard]] int running(Owner owner) const { return running_[owner]; }
    void release() { release_.set_value(); }

private:
    std::promise<void> release_;
    std::shared_future<void> released_ = release_.get_future().share();
    std::array<std::atomic<int>, 10> running_{};
    std::vector<std::unique_ptr<FunctionJob>> jobs_;
};

TEST(WorkerPoolTest, KeepsThreadsForOwnersForWhomNoneWorks) {
    HeldJobs jobs;
    WorkerPool pool({.name = "test", .threads = 8, .threads_of_one = 4, .threads_kept = 4, .queue_limit = 100});
    jobs.submit_many(pool, 1, 10);
    jobs.wait_for(1, 4);
    for (Owner greedy = 2; greedy <= 4; ++greedy) {
        jobs.submit_many(pool, greedy, 10);
        jobs.wait_for(greedy, 1);
    }
    jobs.submit_many(pool, 5, 1);
    jobs.wait_for(5, 1);
    for (Owner greedy = 2; greedy <= 4; ++greedy) EXPECT_EQ(jobs.running(greedy), 1);
    EXPECT_EQ(jobs.running(1), 4);
    jobs.release();
}

TEST(WorkerPoolTest, ServesWhoHasNoneRunningFirst) {
    HeldJobs first;
    HeldJobs second;
    WorkerPool pool({.name = "test", .threads = 2, .threads_of_one = 2, .queue_limit = 100});
    first.submit_many(pool, 1, 1);
    second.submit_many(pool, 2, 1);
    first.wait_for(1, 1);
    second.wait_for(2, 1);
    second.submit_many(pool, 1, 5);
    second.submit_many(pool, 2, 5);
    second.submit_many(pool, 3, 1);
    first.release();
    second.wait_for(3, 1);
    EXPECT_EQ(second.running(1), 0) << "they were in line before";
    second.release();
}

TEST(WorkerPoolTest, TakesAnEvenShareWhoeverHasFilledTheQueue) {
    HeldJobs jobs;
    WorkerPool pool({.name = "test", .threads = 1, .queue_limit = 100});
    ASSERT_TRUE(jobs.submit(pool, 9));
    jobs.wait_for(9, 1);
    EXPECT_EQ(jobs.submit_many(pool, 1, 200), 50U);
    EXPECT_EQ(jobs.submit_many(pool, 2, 200), 50U);
    EXPECT_FALSE(jobs.submit(pool, nobody)) << "the whole is taken";
    EXPECT_EQ(jobs.submit_many(pool, 3, 200), 33U);
    EXPECT_EQ(jobs.submit_many(pool, 4, 200), 25U);
    EXPECT_FALSE(jobs.submit(pool, 1)) << "who has more than their share is let in no more";
    EXPECT_TRUE(jobs.submit(pool, 5)) << "however many others there are";
    EXPECT_EQ(pool.queued(), 159U);
    jobs.release();
}

TEST(FairShareTest, LeavesSomeHoweverManyAreGreedy) {
    FairShare share(512, 128);
    std::vector<FairShare::Place> held;
    const auto take_all = [&](Owner owner) {
        std::size_t count = 0;
        while (auto place = share.take(owner)) {
            held.push_back(std::move(*place));
            ++count;
        }
        return count;
    };
    EXPECT_EQ(take_all(1), 128U);
    EXPECT_EQ(take_all(2), 96U) << "a quarter of what the first has left";
    EXPECT_EQ(take_all(3), 72U);
    EXPECT_EQ(take_all(4), 54U);
    EXPECT_GE(take_all(5), 40U);
    for (Owner owner = 6; owner <= 16; ++owner) EXPECT_GE(take_all(owner), 1U) << owner;
    held.erase(held.begin() + 64, held.begin() + 128);
    EXPECT_FALSE(share.take(1)) << "what is free again is for others first";
    EXPECT_GE(take_all(17), 16U);
}

TEST(FairShareTest, PlacesGrow) {
    FairShare share(100, 50);
    auto place = share.take(1, 10);
    ASSERT_TRUE(place);
    EXPECT_TRUE(place->grow_to(5));
    EXPECT_EQ(share.taken(), 10U);
    EXPECT_TRUE(place->grow_to(50));
    EXPECT_FALSE(place->grow_to(51));
    EXPECT_EQ(share.taken(), 50U);
    auto other = share.take(2, 30);
    ASSERT_TRUE(other);
    EXPECT_FALSE(other->grow_to(60));
    EXPECT_FALSE(other->grow_to(31)) << "half of what the first has left is less";
    place.reset();
    EXPECT_TRUE(other->grow_to(50));
    other.reset();
    EXPECT_EQ(share.taken(), 0U);
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
