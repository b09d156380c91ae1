#include "http/worker_pool.hpp"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

namespace nassaq::http {

WorkerPool::WorkerPool(const std::string& name, unsigned threads, std::size_t queue_limit, int niceness)
    : queue_limit_(queue_limit) {
    for (unsigned i = 0; i < threads; ++i) {
        threads_.emplace_back([this, thread_name = name + '-' + std::to_string(i), niceness] {
            ::pthread_setname_np(::pthread_self(), thread_name.c_str());
            // On Linux a thread has a priority of its own (setpriority(2), "C library/kernel differences").
            if (niceness != 0) ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), niceness);
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
        if (admission == Admission::bounded && queued_ >= queue_limit_ + idle_) return false;
        job.next_ = nullptr;
        (first_ == nullptr ? first_ : last_->next_) = &job;
        last_ = &job;
        ++queued_;
        wakes = idle_ > 0;
    }
    if (wakes) wake_.notify_one();
    return true;
}

void WorkerPool::work() {
    std::unique_lock lock(mutex_);
    while (true) {
        ++idle_;
        wake_.wait(lock, [this] { return first_ != nullptr || stopping_; });
        --idle_;
        if (first_ == nullptr) return;
        Job& job = *first_;
        first_ = job.next_;
        --queued_;
        lock.unlock();
        job.run();  // The job may be gone after this.
        lock.lock();
    }
}

}  // namespace nassaq::http
