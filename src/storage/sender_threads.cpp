#include "storage/sender_threads.hpp"

#include <pthread.h>

#include <system_error>
#include <utility>

#include "base/log.hpp"

namespace nassaq::storage {

SenderThreads::~SenderThreads() {
    {
        const std::scoped_lock lock(mutex_);
        is_ending_ = true;  // What a job asks for from now on is done by the threads that there are.
    }
    for (std::jthread& thread : threads_) {
        thread.request_stop();
    }
}

void SenderThreads::run(std::function<void()> job) {
    {
        const std::scoped_lock lock(mutex_);
        jobs_.push_back(std::move(job));
        if (jobs_.size() > idle_ && threads_.size() < most_ && !is_ending_) {
            add_thread();
        }
    }
    wake_.notify_one();
}

/// Where the system has no more of them, those that are there do.
void SenderThreads::add_thread() {
    try {
        threads_.emplace_back([this](const std::stop_token& stop) { work(stop); });
        ::pthread_setname_np(threads_.back().native_handle(), "storage-send");
    } catch (const std::system_error& error) {
        log::warning("no further thread for uploads", {{"error", error.what()}});
    }
}

void SenderThreads::work(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    for (;;) {
        ++idle_;
        const bool has_job = wake_.wait(lock, stop, [&] { return !jobs_.empty(); });
        --idle_;
        if (!has_job) {
            return;
        }
        auto job = std::move(jobs_.front());
        jobs_.pop_front();
        lock.unlock();
        job();
        job = nullptr;  // What it holds may end here, without the lock.
        lock.lock();
    }
}

}  // namespace nassaq::storage
