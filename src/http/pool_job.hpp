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

    /// @return an awaitable for the end of the work, or for its refusal: see was_refused().
    auto run_on(WorkerPool& pool, WorkerPool::Admission admission) {
        UseAwaitable token;
        return asio::async_initiate<UseAwaitable, void()>(
            [this, &pool, admission](Resume resume) {
                resume_.emplace(std::move(resume));
                // Once it is taken the job belongs to the pool's thread: only a refusal may still be written down.
                if (!pool.submit(*this, admission)) {
                    was_refused_ = true;
                    asio::post(executor_, *std::exchange(resume_, std::nullopt));
                }
            },
            token);
    }
    /// The pool's queue was full and the work has not run.
    [[nodiscard]] bool was_refused() const { return was_refused_; }

private:
    using Resume = asio::async_result<UseAwaitable, void()>::handler_type;

    void run() noexcept override {
        work_();
        asio::post(executor_, std::move(*resume_));
    }

    Executor executor_;
    Work& work_;
    std::optional<Resume> resume_;
    bool was_refused_ = false;
};

}  // namespace nassaq::http
