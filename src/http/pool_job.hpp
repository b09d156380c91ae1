#pragma once

#include <boost/asio/post.hpp>
#include <optional>
#include <utility>

#include "http/asio.hpp"
#include "http/worker_pool.hpp"

namespace nassaq::http {

/// Takes a coroutine's work to a pool and the coroutine back to its own thread afterwards. Make it a named local of the
/// coroutine, with a named callable: g++ 12 destroys temporaries in a co_await expression twice.
template <class Work>
class PoolJob final : public WorkerPool::Job {
public:
    /// @param work  must not throw; outlives the job.
    PoolJob(Executor executor, Work& work) : executor_(std::move(executor)), work_(work) {
        static_assert(noexcept(work()), "nobody could catch what the work throws on the pool's thread");
    }

    /// @return an awaitable: false when the pool's queue is full, in which case the work has not run.
    Awaitable<bool> try_run(WorkerPool& pool) {
        co_await start([&](WorkerPool::Job& job) { return pool.try_submit(job); });
        co_return admitted_;
    }
    /// An awaitable; waits in line however long that is.
    Awaitable<void> run_on(WorkerPool& pool) {
        co_await start([&](WorkerPool::Job& job) {
            pool.submit(job);
            return true;
        });
    }

private:
    using Resume = asio::async_result<UseAwaitable, void()>::handler_type;

    template <class Submit>
    auto start(Submit submit) {
        UseAwaitable token;
        return asio::async_initiate<UseAwaitable, void()>(
            [this, submit](Resume resume) {
                resume_.emplace(std::move(resume));
                // Once it is taken the job belongs to the pool's thread: only a refusal may still be written down.
                if (!submit(*this)) {
                    admitted_ = false;
                    asio::post(executor_, *std::exchange(resume_, std::nullopt));
                }
            },
            token);
    }

    void run() noexcept override {
        work_();
        asio::post(executor_, std::move(*resume_));
    }

    Executor executor_;
    Work& work_;
    std::optional<Resume> resume_;
    bool admitted_ = true;
};

}  // namespace nassaq::http
