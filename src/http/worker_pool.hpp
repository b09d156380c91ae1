#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "http/fair_share.hpp"
#include "http/job.hpp"

namespace nassaq::http {

/// A fixed number of threads for work that blocks, with a bounded queue. Safe to use from any thread.
///
/// Everybody whose jobs wait has one after the other run, however many others have brought; and nobody has more than a
/// part of the threads and of the queue, so that there is always some of both for the rest (decision 0066).
///
/// Waking a thread costs more than a short request does. So the last thread to run out of work looks out for more for a
/// moment before it sleeps, and a thread that takes a job wakes another only when more of them wait.
class WorkerPool {
public:
    enum class Admission {
        bounded,  ///< Refused when the queue is full.
        granted,  ///< For the continuation of work that was let in before: waits in line however long that is.
    };

    struct Options {
        std::string name;  ///< Of the threads, at most 15 characters with their number (pthread_setname_np(3)).
        unsigned threads = 1;
        unsigned threads_of_one = 0;         ///< How many of them may work for one owner; 0 = all.
        std::size_t queue_limit = 0;         ///< How many bounded jobs may wait.
        std::size_t queue_limit_of_one = 0;  ///< And of one owner; 0 = half as many.
    };

    explicit WorkerPool(Options options);
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;
    /// Runs what is queued, then ends the threads.
    ~WorkerPool();

    /// @param owner  whose turn the job takes; those of nobody take turns among themselves.
    /// @return false when the job is refused; else one of the threads will run it.
    [[nodiscard]] bool submit(Job& job, Admission admission, Owner owner = nobody);

    /// How many jobs wait for a thread.
    [[nodiscard]] std::size_t queued() const { return queued_; }

private:
    /// The jobs of one owner.
    struct Lane {
        Owner owner = nobody;
        JobList jobs;
        std::size_t queued = 0;
        unsigned running = 0;
        bool waits_for_turn = false;
        Lane* next = nullptr;  ///< Of those that wait for their turn.
    };
    struct Turn {
        Job* job = nullptr;  ///< Nothing when the pool ends.
        Lane* lane = nullptr;
    };

    void work();
    /// With the lock held, takes the job of the lane whose turn it is off its queue.
    Turn take(std::unique_lock<std::mutex>& lock);
    void look_out(std::unique_lock<std::mutex>& lock);
    [[nodiscard]] bool is_full(const Lane& lane) const;
    void line_up(Lane& lane);
    Lane& next_lane();
    void finish(Lane& lane);
    void forget_if_idle(Lane& lane);

    const Options options_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::unordered_map<Owner, Lane> lanes_;
    Lane* first_ = nullptr;  ///< Lanes that wait for their turn.
    Lane* last_ = nullptr;
    std::atomic<std::size_t> queued_ = 0;  ///< Written under the lock.
    std::size_t sleeping_ = 0;
    bool has_lookout_ = false;
    bool stopping_ = false;
    std::vector<std::jthread> threads_;
};

}  // namespace nassaq::http
