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
        if (++lane.queued == 1) ++waiting_owners_;
        ++queued_;
        line_up(lane);
        wakes = has_turn() && sleeping_ > 0 && !has_lookout_;
    }
    if (wakes) wake_.notify_one();
    return true;
}

/// What waits costs nothing but time, and owners have their jobs run in turn. So the whole need bound only those who
/// bring much: whoever has fewer waiting than an even share of it is let in all the same.
bool WorkerPool::is_full(const Lane& lane) const {
    const std::size_t free_threads = sleeping_ + (has_lookout_ ? 1 : 0);
    const bool whole_is_taken = queued_ >= options_.queue_limit + free_threads;
    if (lane.owner == nobody) return whole_is_taken;
    const std::size_t half = std::max<std::size_t>(1, options_.queue_limit / 2);
    const std::size_t limit_of_one = options_.queue_limit_of_one == 0 ? half : options_.queue_limit_of_one;
    if (!whole_is_taken) return lane.queued >= limit_of_one;
    const std::size_t owners = waiting_owners_ + (lane.queued == 0 ? 1 : 0);
    return lane.queued >= std::min(limit_of_one, options_.queue_limit / owners);
}

/// Whether a lane may have the thread that asks.
bool WorkerPool::has_turn() const {
    return !unserved_.empty() || (!served_.empty() && options_.threads - busy_ > options_.threads_kept);
}

/// A lane with jobs waits for its turn unless its owner has as many threads as anybody may have; and behind those for
/// whose owners none works.
void WorkerPool::line_up(Lane& lane) {
    const bool is_served = lane.owner != nobody && lane.running > 0;
    const bool has_its_part = is_served && options_.threads_of_one != 0 && lane.running >= options_.threads_of_one;
    if (lane.jobs.empty() || has_its_part) return;
    Line& line = is_served ? served_ : unserved_;
    if (lane.line == &line) return;
    leave_line(lane);
    line.push_back(lane);
    lane.line = &line;
}

void WorkerPool::leave_line(Lane& lane) {
    if (lane.line != nullptr) lane.line->erase(lane.line->iterator_to(lane));
    lane.line = nullptr;
}

void WorkerPool::work() {
    std::unique_lock lock(mutex_);
    while (true) {
        const Turn turn = take(lock);
        if (turn.job == nullptr) return;
        const bool needs_help = has_turn() && sleeping_ > 0;
        lock.unlock();
        if (needs_help) wake_.notify_one();
        turn.job->run();
        lock.lock();
        finish(*turn.lane);
    }
}

WorkerPool::Turn WorkerPool::take(std::unique_lock<std::mutex>& lock) {
    if (!has_turn() && !has_lookout_) look_out(lock);
    ++sleeping_;
    wake_.wait(lock, [this] { return has_turn() || stopping_; });
    --sleeping_;
    // What waits for a thread of its owner's is taken by that thread.
    if (!has_turn()) return {};
    Lane& lane = unserved_.empty() ? served_.front() : unserved_.front();
    leave_line(lane);
    Job& job = lane.jobs.pop();
    if (--lane.queued == 0) --waiting_owners_;
    --queued_;
    ++lane.running;
    ++busy_;
    line_up(lane);
    return {.job = &job, .lane = &lane};
}

void WorkerPool::finish(Lane& lane) {
    --lane.running;
    --busy_;
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
