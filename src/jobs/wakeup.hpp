#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>

namespace nassaq::jobs {

/// Ends the pause of a background thread early. Safe to use from several threads.
class Wakeup {
public:
    /// Ends the pause that goes on, or else the next one.
    void notify();
    /// Waits until it is notified, or stopped, or the time has passed.
    void wait(std::stop_token stop, std::chrono::milliseconds longest);

private:
    std::mutex mutex_;
    std::condition_variable_any changed_;
    bool notified_ = false;
};

/// Waits until the time has passed or the thread is to stop.
void pause(std::stop_token stop, std::chrono::milliseconds time);

}  // namespace nassaq::jobs
