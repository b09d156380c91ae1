#include "http/worker_pool.hpp"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <future>
#include <memory>

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
        WorkerPool pool("test", 3, 10);
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
    WorkerPool pool("test", 1, 2);
    ASSERT_TRUE(pool.submit(blocker, bounded));
    running.get_future().wait();
    EXPECT_TRUE(pool.submit(first, bounded));
    EXPECT_TRUE(pool.submit(second, bounded));
    EXPECT_FALSE(pool.submit(third, bounded));
    EXPECT_TRUE(pool.submit(continuation, granted));
    release.set_value();
}

TEST(WorkerPoolTest, NamesItsThreads) {
    std::promise<std::string> name;
    FunctionJob job([&] {
        std::array<char, 16> buffer{};
        ::pthread_getname_np(::pthread_self(), buffer.data(), buffer.size());
        name.set_value(buffer.data());
    });
    WorkerPool pool("test-work", 1, 1);
    EXPECT_TRUE(pool.submit(job, granted));
    EXPECT_EQ(name.get_future().get(), "test-work-0");
}

}  // namespace
}  // namespace nassaq::http
