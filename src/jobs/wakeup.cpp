#include "jobs/wakeup.hpp"

#include <utility>

namespace nassaq::jobs {

void Wakeup::notify() {
    {
        const std::scoped_lock lock(mutex_);
        notified_ = true;
    }
    changed_.notify_one();
}

void Wakeup::wait(std::stop_token stop, std::chrono::milliseconds longest) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::move(stop), longest, [this] { return notified_; });
    notified_ = false;
}

void pause(std::stop_token stop, std::chrono::milliseconds time) {
    Wakeup never;
    never.wait(std::move(stop), time);
}

}  // namespace nassaq::jobs
