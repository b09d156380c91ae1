#pragma once

#include <functional>
#include <stop_token>
#include <thread>

namespace nassaq::app {

/// Blocks the signals that wait_for_stop() waits for, in this thread and those that it starts, and ignores SIGPIPE. To
/// be called before any thread is started.
void block_signals();

/// Whether SIGTERM or SIGINT has come and waits, blocked, for wait_for_stop().
bool is_to_stop();

/// Waits for SIGTERM or SIGINT, and meanwhile obeys the others: SIGHUP calls `reload`, SIGUSR1 makes the log a level
/// more talkative, SIGUSR2 a level quieter. Afterwards a second SIGTERM or SIGINT ends the process at once.
/// @return the signal
int wait_for_stop(const std::function<void()>& reload);

/// Blocks the signals as block_signals() does, and asks for a stop when SIGTERM or SIGINT comes, for as long as it
/// lives. A second one ends the process at once.
class StopBySignal {
public:
    StopBySignal();

    [[nodiscard]] std::stop_token token() const { return stop_.get_token(); }

private:
    std::stop_source stop_;
    std::jthread thread_;
};

}  // namespace nassaq::app
