#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>

#include "http/message.hpp"

namespace nassaq::api {

/// An answer that is the same for everybody, and never older than the request that gets it: all who asked before it was
/// begun share it. However often it is asked for, it is made once at a time and so many times a second, so that
/// strangers can multiply no work. Safe to use from several threads.
class SharedAnswer {
public:
    using Clock = std::chrono::steady_clock;
    /// From the beginning of one to the beginning of the next.
    static constexpr std::chrono::milliseconds interval{200};

    /// @param received  when the request was; waits for up to `interval`, and while another makes the answer.
    /// @param make      its body must be a text; what it throws is the caller's alone.
    http::Response get(Clock::time_point received, const std::function<http::Response()>& make);

private:
    std::mutex mutex_;
    Clock::time_point begun_;
    std::optional<http::Response> answer_;
};

}  // namespace nassaq::api
