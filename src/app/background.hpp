#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace nassaq::app {

/// The named threads of background work. All are stopped and joined when this goes.
class Background {
public:
    /// Calls `work` until it is to stop. What it throws is logged, and it is called again after a pause.
    void run(const std::string& name, std::function<void(std::stop_token)> work);
    /// Asks all of them to stop. From any thread.
    void request_stop();
    /// Asks all of them to stop, and waits for them.
    void stop();

private:
    std::vector<std::jthread> threads_;
};

}  // namespace nassaq::app
