#include "http/worker_pool.hpp"

#include <pthread.h>
#include <sched.h>

namespace nassaq::http {
namespace {

/// Some tens of microseconds, in which other threads have the processor if they want it.
constexpr int lookout_rounds = 50;

}  // namespace

WorkerPool::WorkerPool(const std::string& name, unsigned threads, std::size_t queue_limit) : queue_limit_(queue_limit) {
    for (unsigned i = 0; i < threads; ++i) {
        threads_.emplace_back([this, thread_name = name + '-' + std::to_string(i)] {
            ::pthread_setname_np(::pthread_self(), thread_name.c_str());
            // Batch work does not cut short, when it wakes, the I/O thread that has just woken it and has more to hand
            // over (sched(7)).
            const sched_param parameters{};
            ::pthread_setschedparam(::pthread_self(), SCHED_BATCH, &parameters);
            work();
        });
    }
}

WorkerPool::~WorkerPool() {
    {
        const std::scoped_lock lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
}

bool WorkerPool::submit(Job& job, Admission admission) {
    bool wakes = false;
    {
        const std::scoped_lock lock(mutex_);
        const std::size_t free_threads = sleeping_ + (has_lookout_ ? 1 : 0);
        if (admission == Admission::bounded && queued_ >= queue_limit_ + free_threads) return false;
        queue_.push(job);
        ++queued_;
        wakes = sleeping_ > 0 && !has_lookout_;
    }
    if (wakes) wake_.notify_one();
    return true;
}

void WorkerPool::work() {
    std::unique_lock lock(mutex_);
    while (Job* job = take(lock)) {
        const bool needs_help = !queue_.empty() && sleeping_ > 0;
        lock.unlock();
        if (needs_help) wake_.notify_one();
        job->run();
        lock.lock();
    }
}

Job* WorkerPool::take(std::unique_lock<std::mutex>& lock) {
    if (queue_.empty() && !has_lookout_) look_out(lock);
    ++sleeping_;
    wake_.wait(lock, [this] { return !queue_.empty() || stopping_; });
    --sleeping_;
    if (queue_.empty()) return nullptr;
    --queued_;
    return &queue_.pop();
}

void WorkerPool::look_out(std::unique_lock<std::mutex>& lock) {
    has_lookout_ = true;
    lock.unlock();
    for (int i = 0; i < lookout_rounds && queued_.load(std::memory_order_relaxed) == 0; ++i) {
        std::this_thread::yield();
    }
    lock.lock();
    has_lookout_ = false;
}

}  // namespace nassaq::http
