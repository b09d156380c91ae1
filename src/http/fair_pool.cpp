#include "http/fair_pool.hpp"

#include <pthread.h>

namespace nassaq::http {

FairPool::FairPool(const std::string& name, unsigned threads, std::size_t jobs_per_owner)
    : jobs_per_owner_(jobs_per_owner) {
    for (unsigned i = 0; i < threads; ++i) {
        threads_.emplace_back([this, thread_name = name + '-' + std::to_string(i)] {
            ::pthread_setname_np(::pthread_self(), thread_name.c_str());
            work();
        });
    }
}

FairPool::~FairPool() {
    {
        const std::scoped_lock lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
}

bool FairPool::submit(Job& job, std::int64_t owner) {
    {
        const std::scoped_lock lock(mutex_);
        Line& line = lines_[owner];
        if (line.waiting >= longest_line) return false;
        line.jobs.push(job);
        ++line.waiting;
        ++queued_;
        give_turn(owner, line);
    }
    wake_.notify_one();
    return true;
}

std::size_t FairPool::queued() const {
    const std::scoped_lock lock(mutex_);
    return queued_;
}

void FairPool::work() {
    std::unique_lock lock(mutex_);
    while (true) {
        // Whoever ends a job looks here again, so that at the end nothing is left.
        wake_.wait(lock, [this] { return !turns_.empty() || stopping_; });
        if (turns_.empty()) return;
        const std::int64_t owner = turns_.front();
        turns_.pop_front();
        Line& line = lines_.at(owner);
        Job& job = line.jobs.pop();
        line.has_turn = false;
        --line.waiting;
        --queued_;
        ++line.running;
        give_turn(owner, line);
        lock.unlock();
        job.run();
        lock.lock();
        end_job(owner);
    }
}

/// Behind all others, where it has something to run and may run it.
void FairPool::give_turn(std::int64_t owner, Line& line) {
    if (line.has_turn || line.waiting == 0 || line.running >= jobs_per_owner_) return;
    turns_.push_back(owner);
    line.has_turn = true;
}

void FairPool::end_job(std::int64_t owner) {
    Line& line = lines_.at(owner);
    --line.running;
    give_turn(owner, line);
    if (line.waiting == 0 && line.running == 0) {
        lines_.erase(owner);
    } else if (turns_.size() > 1) {
        wake_.notify_one();
    }
}

}  // namespace nassaq::http
