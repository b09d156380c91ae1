#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "http/job.hpp"

namespace nassaq::http {

/// A fixed number of threads for work that blocks, with a bounded queue. Safe to use from any thread.
///
/// Waking a thread costs more than a short request does. So the last thread to run out of work looks out for more for a
/// moment before it sleeps, and a thread that takes a job wakes another only when more of them wait.
class WorkerPool {
public:
    enum class Admission {
        bounded,  ///< Refused when the queue is full.
        granted,  ///< For the continuation of work that was let in before: waits in line however long that is.
    };

    /// @param name        of the threads, at most 15 characters with their number (pthread_setname_np(3)).
    /// @param queue_limit how many bounded jobs may wait.
    WorkerPool(const std::string& name, unsigned threads, std::size_t queue_limit);
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;
    /// Runs what is queued, then ends the threads.
    ~WorkerPool();

    /// @return false when the job is refused; else one of the threads will run it.
    [[nodiscard]] bool submit(Job& job, Admission admission);

    /// How many jobs wait for a thread.
    [[nodiscard]] std::size_t queued() const { return queued_; }

private:
    void work();
    /// @return with the lock held, a job taken off the queue; nullptr when the pool ends.
    Job* take(std::unique_lock<std::mutex>& lock);
    void look_out(std::unique_lock<std::mutex>& lock);

    std::mutex mutex_;
    std::condition_variable wake_;
    JobList queue_;
    std::atomic<std::size_t> queued_ = 0;  ///< Written under the lock.
    std::size_t sleeping_ = 0;
    bool has_lookout_ = false;
    const std::size_t queue_limit_;
    bool stopping_ = false;
    std::vector<std::jthread> threads_;
};

}  // namespace nassaq::http
