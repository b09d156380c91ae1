#include "imports/crew.hpp"

#include <utility>

namespace nassaq::imports {

Crew::Crew(unsigned threads, std::function<void(const SourceFile&)> work)
    : work_(std::move(work)), most_waiting_(std::size_t{4} * threads) {
    for (unsigned i = 0; i < threads; ++i) {
        threads_.emplace_back([this](const std::stop_token& stop) { this->work(stop); });
    }
}

Crew::~Crew() {
    for (std::jthread& thread : threads_) {
        thread.request_stop();
    }
}

void Crew::give(SourceFile file, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    if (changed_.wait(lock, stop, [this] { return waiting_.size() < most_waiting_; })) {
        waiting_.push_back(std::move(file));
        changed_.notify_all();
    }
}

void Crew::finish(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, stop, [this] { return waiting_.empty(); });
    waiting_.clear();
    changed_.wait(lock, [this] { return busy_ == 0; });
}

void Crew::work(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (changed_.wait(lock, stop, [this] { return !waiting_.empty(); })) {
        const SourceFile file = std::move(waiting_.front());
        waiting_.pop_front();
        ++busy_;
        changed_.notify_all();
        lock.unlock();
        work_(file);
        lock.lock();
        --busy_;
        changed_.notify_all();
    }
}

}  // namespace nassaq::imports
