#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>

#include "base/file.hpp"
#include "ocr/process.hpp"

namespace nassaq::ocr {

/// Talks with a program over foreign bytes and watches its limits until it ends. The program may have been taken over:
/// whatever it says, and however fast, no more is kept of it than Command allows, and its time and a stop are looked at
/// before each line that it says.
class Supervisor {
public:
    using Clock = std::chrono::steady_clock;

    /// What is open between the two.
    struct Ends {
        UniqueFd input;
        UniqueFd output;
        UniqueFd errors;
        UniqueFd process;
    };

    /// @param command  Outlives this object.
    Supervisor(pid_t id, Ends ends, const Command& command);

    /// @param stop  A descriptor that is readable once a stop is requested.
    /// @return how it ended, as far as that can be told before its status is read.
    Ending watch(Clock::time_point deadline, int stop);

    Outcome take_outcome() &&;

private:
    [[nodiscard]] bool is_starved();
    std::optional<Ending> look();
    [[nodiscard]] bool has_too_many_threads() const;
    std::expected<bool, Ending> listen();
    std::expected<bool, Ending> read_output();
    std::optional<std::size_t> find_line_end();
    std::expected<bool, Ending> pass_on_line(std::size_t end);
    void send_input();

    pid_t id_;
    Ends ends_;
    std::string unsent_;  ///< Of the input.
    std::chrono::nanoseconds used_{0};
    std::chrono::milliseconds granted_{0};
    Clock::time_point next_look_;
    std::size_t searched_ = 0;  ///< Of the output: no line ends in it.
    std::int64_t lines_ = 0;
    const Command& command_;
    Outcome outcome_;
};

}  // namespace nassaq::ocr
