#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "http/job.hpp"

namespace nassaq::http {

/// A fixed number of threads for work that takes long. Each owner's jobs wait in a line of their own; the owners come
/// in turn, and nobody has more than so many jobs running: however many one sends, another's next job waits for few.
/// Safe to use from any thread.
class FairPool {
public:
    /// So many of one owner may wait.
    static constexpr std::size_t longest_line = 64;

    /// @param name            of the threads, at most 15 characters with their number (pthread_setname_np(3)).
    /// @param jobs_per_owner  how many of one owner run at the same time.
    FairPool(const std::string& name, unsigned threads, std::size_t jobs_per_owner);
    FairPool(const FairPool&) = delete;
    FairPool& operator=(const FairPool&) = delete;
    /// Runs what is queued, then ends the threads.
    ~FairPool();

    /// @return false when the owner's line is full; else one of the threads will run it.
    [[nodiscard]] bool submit(Job& job, std::int64_t owner);

    /// How many jobs wait for a thread.
    [[nodiscard]] std::size_t queued() const;

private:
    struct Line {
        JobList jobs;
        std::size_t waiting = 0;
        std::size_t running = 0;
        bool has_turn = false;  ///< The owner is in turns_.
    };

    void work();
    void give_turn(std::int64_t owner, Line& line);
    void end_job(std::int64_t owner);

    const std::size_t jobs_per_owner_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::unordered_map<std::int64_t, Line> lines_;  ///< Of those who have a job here.
    std::deque<std::int64_t> turns_;                ///< Who may have a job run now, each once.
    std::size_t queued_ = 0;
    bool stopping_ = false;
    std::vector<std::jthread> threads_;
};

}  // namespace nassaq::http
