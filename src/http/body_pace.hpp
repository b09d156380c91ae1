#pragma once

#include <cstdint>
#include <optional>

#include "http/io_thread.hpp"
#include "http/server.hpp"

namespace nassaq::http {

/// How long the client may take to send a body. Only the time that it is waited for counts, not what the server takes
/// to write what has come. Whatever comes in, a body has Limits::body_timeout; one that is streamed has, besides, its
/// length at Limits::body_rate, and behind the first body_timeout has to keep to that rate over each
/// Limits::body_rate_window.
class BodyPace {
public:
    /// Of a body that is read into memory, or thrown away.
    explicit BodyPace(const Limits& limits);
    /// Of one that is streamed. @param length  if it is known
    BodyPace(const Limits& limits, std::optional<std::uint64_t> length);

    /// Until when the next bytes are waited for.
    [[nodiscard]] Clock::time_point deadline(Clock::time_point now) const;
    void add_bytes(std::uint64_t count);
    void add_waiting(Clock::duration time);
    /// Whether the client has had its time.
    [[nodiscard]] bool is_over() const;

private:
    Clock::duration stall_timeout_;
    Clock::duration left_;             ///< Of the whole.
    Clock::duration window_;           ///< How long each but the first is.
    Clock::duration window_left_;      ///< Of the present one.
    std::uint64_t window_bytes_ = 0;   ///< That each but the first has to bring; 0 = any.
    std::uint64_t missing_bytes_ = 0;  ///< In the present one.
};

}  // namespace nassaq::http
