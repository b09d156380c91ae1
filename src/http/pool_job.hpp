#pragma once

#include <boost/asio/post.hpp>
#include <optional>
#include <utility>

#include "http/asio.hpp"
#include "http/io_thread.hpp"
#include "http/job.hpp"
#include "http/worker_pool.hpp"

namespace nassaq::http {

/// Takes a coroutine's work to a pool and the coroutine back to its own thread afterwards. Make it a named local of the
/// coroutine, with a named callable: g++ 12 destroys temporaries in a co_await expression twice.
template <class Work>
class PoolJob final : public Job {
public:
    /// @param work  must not throw; outlives the job.
    PoolJob(IoThread& thread, Work& work) : thread_(thread), work_(work) {
        static_assert(noexcept(work()), "nobody could catch what the work throws on the pool's thread");
    }

    /// @return an awaitable for the end of the work, or for its refusal: see was_refused().
    auto run_on(WorkerPool& pool, WorkerPool::Admission admission, Owner owner) {
        UseAwaitable token;
        return asio::async_initiate<UseAwaitable, void()>(
            [this, &pool, admission, owner](Resume resume) {
                resume_.emplace(std::move(resume));
                // Once it is taken the job belongs to the pool's thread: only a refusal may still be written down.
                if (!pool.submit(*this, admission, owner)) {
                    was_refused_ = true;
                    thread_.resume_later(*this);
                }
            },
            token);
    }
    /// The pool's queue was full and the work has not run.
    [[nodiscard]] bool was_refused() const { return was_refused_; }

    void run() noexcept override {
        work_();
        thread_.resume_later(*this);
    }
    void resume() override {
        // NOLINTNEXTLINE(bugprone-unchecked-optional-access): who waits has said how it is resumed.
        auto resume = *std::exchange(resume_, std::nullopt);
        std::move(resume)();
    }

private:
    using Resume = asio::async_result<UseAwaitable, void()>::handler_type;

    IoThread& thread_;
    Work& work_;
    std::optional<Resume> resume_;
    bool was_refused_ = false;
};

}  // namespace nassaq::http
