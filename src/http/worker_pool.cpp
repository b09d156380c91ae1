#include "http/worker_pool.hpp"

#include <pthread.h>
#include <sched.h>

#include <algorithm>

namespace nassaq::http {
namespace {

/// Some tens of microseconds, in which other threads have the processor if they want it.
constexpr int lookout_rounds = 50;
/// So many lanes are kept for when their owners come again.
constexpr std::size_t most_idle_lanes = 1024;

}  // namespace

WorkerPool::WorkerPool(Options options) : options_(std::move(options)) {
    for (unsigned i = 0; i < options_.threads; ++i) {
        threads_.emplace_back([this, thread_name = options_.name + '-' + std::to_string(i)] {
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

bool WorkerPool::submit(Job& job, Admission admission, Owner owner) {
    bool wakes = false;
    {
        const std::scoped_lock lock(mutex_);
        Lane& lane = lanes_[owner];
        lane.owner = owner;
        if (admission == Admission::bounded && is_full(lane)) {
            forget_if_idle(lane);
            return false;
        }
        lane.jobs.push(job);
        ++lane.queued;
        ++queued_;
        line_up(lane);
        wakes = first_ != nullptr && sleeping_ > 0 && !has_lookout_;
    }
    if (wakes) wake_.notify_one();
    return true;
}

bool WorkerPool::is_full(const Lane& lane) const {
    const std::size_t free_threads = sleeping_ + (has_lookout_ ? 1 : 0);
    if (queued_ >= options_.queue_limit + free_threads) return true;
    const std::size_t half = std::max<std::size_t>(1, options_.queue_limit / 2);
    const std::size_t limit_of_one = options_.queue_limit_of_one == 0 ? half : options_.queue_limit_of_one;
    return lane.owner != nobody && lane.queued >= limit_of_one;
}

/// A lane with jobs waits for its turn unless its owner has as many threads as anybody may have.
void WorkerPool::line_up(Lane& lane) {
    const bool is_bounded = lane.owner != nobody && options_.threads_of_one != 0;
    if (lane.waits_for_turn || lane.jobs.empty() || (is_bounded && lane.running >= options_.threads_of_one)) return;
    lane.waits_for_turn = true;
    lane.next = nullptr;
    (first_ == nullptr ? first_ : last_->next) = &lane;
    last_ = &lane;
}

WorkerPool::Lane& WorkerPool::next_lane() {
    Lane& lane = *first_;
    first_ = lane.next;
    lane.waits_for_turn = false;
    return lane;
}

void WorkerPool::work() {
    std::unique_lock lock(mutex_);
    while (true) {
        const Turn turn = take(lock);
        if (turn.job == nullptr) return;
        const bool needs_help = first_ != nullptr && sleeping_ > 0;
        lock.unlock();
        if (needs_help) wake_.notify_one();
        turn.job->run();
        lock.lock();
        finish(*turn.lane);
    }
}

WorkerPool::Turn WorkerPool::take(std::unique_lock<std::mutex>& lock) {
    if (first_ == nullptr && !has_lookout_) look_out(lock);
    ++sleeping_;
    wake_.wait(lock, [this] { return first_ != nullptr || stopping_; });
    --sleeping_;
    // What waits for a thread of its owner's is taken by that thread.
    if (first_ == nullptr) return {};
    Lane& lane = next_lane();
    Job& job = lane.jobs.pop();
    --lane.queued;
    --queued_;
    ++lane.running;
    line_up(lane);
    return {.job = &job, .lane = &lane};
}

void WorkerPool::finish(Lane& lane) {
    --lane.running;
    line_up(lane);
    forget_if_idle(lane);
}

void WorkerPool::forget_if_idle(Lane& lane) {
    const bool is_idle = lane.running == 0 && lane.queued == 0;
    if (is_idle && lanes_.size() > most_idle_lanes) lanes_.erase(lane.owner);
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
