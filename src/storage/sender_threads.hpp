#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

namespace nassaq::storage {

/// Threads that carry out what nobody waits for yet, in the order in which it comes. They start when they are first
/// needed. Safe to use from several threads.
class SenderThreads {
public:
    explicit SenderThreads(std::size_t most) : most_(most) {}
    SenderThreads(const SenderThreads&) = delete;
    SenderThreads& operator=(const SenderThreads&) = delete;
    /// What waits is still carried out, and what that asks for.
    ~SenderThreads();

    /// @param job  throws nothing; may call this, too
    void run(std::function<void()> job);

private:
    void add_thread();
    void work(const std::stop_token& stop);

    std::size_t most_;
    std::mutex mutex_;
    std::condition_variable_any wake_;
    std::deque<std::function<void()>> jobs_;
    std::size_t idle_ = 0;
    bool is_ending_ = false;
    std::vector<std::jthread> threads_;
};

}  // namespace nassaq::storage
