#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace nassaq::http {

/// A fixed number of threads for work that blocks, with a bounded queue. Safe to use from any thread.
class WorkerPool {
public:
    /// One piece of work; lives in its owner until run() has been called.
    class Job {
    public:
        Job() = default;
        Job(const Job&) = delete;
        Job& operator=(const Job&) = delete;
        virtual ~Job() = default;
        virtual void run() noexcept = 0;

    private:
        friend class WorkerPool;
        Job* next_ = nullptr;
    };

    /// @param name        of the threads, at most 15 characters with their number (pthread_setname_np(3)).
    /// @param niceness    added to the threads' priority (setpriority(2)).
    /// @param queue_limit how many bounded jobs may wait.
    WorkerPool(const std::string& name, unsigned threads, std::size_t queue_limit, int niceness = 0);
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;
    /// Runs what is queued, then ends the threads.
    ~WorkerPool();

    enum class Admission {
        bounded,  ///< Refused when the queue is full.
        granted,  ///< For the continuation of work that was let in before: waits in line however long that is.
    };
    /// @return false when the job is refused; else it runs on one of the threads.
    [[nodiscard]] bool submit(Job& job, Admission admission);

private:
    void work();

    std::mutex mutex_;
    std::condition_variable wake_;
    Job* first_ = nullptr;
    Job* last_ = nullptr;
    std::size_t queued_ = 0;
    std::size_t idle_ = 0;
    const std::size_t queue_limit_;
    bool stopping_ = false;
    std::vector<std::jthread> threads_;
};

}  // namespace nassaq::http
