#pragma once

#include <cstddef>
#include <utility>

namespace nassaq::http {

/// One piece of work on its way from an I/O thread to a pool and back; lives in its owner, a coroutine that waits for
/// it.
class Job {
public:
    Job() = default;
    Job(const Job&) = delete;
    Job& operator=(const Job&) = delete;
    virtual ~Job() = default;

    /// Does the work, on a pool's thread, and sends the job back to its I/O thread: the job may be gone after that.
    virtual void run() noexcept = 0;
    /// Lets the owner go on, on its I/O thread: the job may be gone after that.
    virtual void resume() = 0;

private:
    friend class JobList;
    Job* next_ = nullptr;
};

/// First in, first out; needs no memory of its own.
class JobList {
public:
    [[nodiscard]] bool empty() const { return first_ == nullptr; }

    void push(Job& job) {
        job.next_ = nullptr;
        (first_ == nullptr ? first_ : last_->next_) = &job;
        last_ = &job;
    }
    Job& pop() {
        Job& job = *first_;
        first_ = std::exchange(job.next_, nullptr);
        return job;
    }

private:
    Job* first_ = nullptr;
    Job* last_ = nullptr;
};

}  // namespace nassaq::http
