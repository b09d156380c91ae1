#pragma once

#include <atomic>
#include <boost/intrusive/list.hpp>
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
/// Everybody whose jobs wait has one after the other run, however many others have brought, and whoever has none
/// running comes first; and nobody has more than a part of the threads and of the queue (decision 0066). Some of the
/// threads are kept for those who have none running, and a full queue still takes whoever has brought less than their
/// even share of it: so there is some of both for the rest, however many ask for much (decision 0094).
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
        unsigned threads_kept = 0;           ///< How many are kept for owners for whom none works.
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
    struct Lane;
    /// Lanes that wait for their turn.
    using Line = boost::intrusive::list<Lane, boost::intrusive::constant_time_size<false>>;
    /// The jobs of one owner.
    struct Lane : boost::intrusive::list_base_hook<> {
        Owner owner = nobody;
        JobList jobs;
        std::size_t queued = 0;
        unsigned running = 0;
        Line* line = nullptr;  ///< In which it stands.
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
    [[nodiscard]] bool has_turn() const;
    void line_up(Lane& lane);
    static void leave_line(Lane& lane);
    void finish(Lane& lane);
    void forget_if_idle(Lane& lane);

    const Options options_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::unordered_map<Owner, Lane> lanes_;
    Line unserved_;                        ///< Of owners for whom no thread works.
    Line served_;                          ///< Of the others, who may have another thread if that leaves the kept ones.
    std::atomic<std::size_t> queued_ = 0;  ///< Written under the lock.
    std::size_t waiting_owners_ = 0;       ///< Whose jobs these are.
    std::size_t busy_ = 0;                 ///< Threads that run a job.
    std::size_t sleeping_ = 0;
    bool has_lookout_ = false;
    bool stopping_ = false;
    std::vector<std::jthread> threads_;
};

}  // namespace nassaq::http
