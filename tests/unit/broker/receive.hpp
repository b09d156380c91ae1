#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string_view>
#include <thread>

#include "broker/broker.hpp"

namespace nassaq::test {

/// The next message of a queue; nothing when none comes in time.
inline std::optional<broker::Delivery> receive(broker::Broker& broker, std::string_view queue,
                                               std::chrono::milliseconds patience) {
    using Clock = std::chrono::steady_clock;
    std::stop_source stop;
    const std::jthread clock([&](const std::stop_token& done) {
        const auto end = Clock::now() + patience;
        while (!done.stop_requested() && Clock::now() < end) {
            std::this_thread::sleep_for(std::chrono::milliseconds{5});
        }
        stop.request_stop();
    });
    return broker.receive(queue, stop.get_token());
}

}  // namespace nassaq::test
