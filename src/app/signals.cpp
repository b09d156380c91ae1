#include "app/signals.hpp"

#include <algorithm>
#include <csignal>
#include <initializer_list>

#include "base/log.hpp"

namespace nassaq::app {
namespace {

sigset_t set_of(std::initializer_list<int> numbers) {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int number : numbers) {
        sigaddset(&signals, number);
    }
    return signals;
}

sigset_t stop_signals() {
    return set_of({SIGTERM, SIGINT});
}

sigset_t all_signals() {
    return set_of({SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2});
}

/// At an end of the scale it stays there, and says so.
void shift_log_level(int by) {
    constexpr int most_talkative = static_cast<int>(log::Level::debug);
    constexpr int quietest = static_cast<int>(log::Level::error);
    log::change_level(
        static_cast<log::Level>(std::clamp(static_cast<int>(log::level()) + by, most_talkative, quietest)));
}

}  // namespace

void block_signals() {
    const sigset_t signals = all_signals();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    // A client that goes away is an error of write(2), no reason to die.
    static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
}

bool is_to_stop() {
    sigset_t pending;
    sigemptyset(&pending);
    sigpending(&pending);
    return sigismember(&pending, SIGTERM) == 1 || sigismember(&pending, SIGINT) == 1;
}

int wait_for_stop(const std::function<void()>& reload) {
    const sigset_t signals = all_signals();
    int signal = 0;
    while (signal != SIGTERM && signal != SIGINT) {
        sigwait(&signals, &signal);
        if (signal == SIGHUP) reload();
        if (signal == SIGUSR1) shift_log_level(-1);
        if (signal == SIGUSR2) shift_log_level(+1);
    }
    // Both have their default action, the end of the process, so letting them through is all a second one needs.
    const sigset_t stopping = stop_signals();
    pthread_sigmask(SIG_UNBLOCK, &stopping, nullptr);
    return signal;
}

StopBySignal::StopBySignal() {
    block_signals();
    thread_ = std::jthread([stop = stop_](const std::stop_token& end) mutable {
        const sigset_t signals = stop_signals();
        constexpr timespec look_every{.tv_sec = 0, .tv_nsec = 200'000'000};
        while (!end.stop_requested()) {
            if (sigtimedwait(&signals, nullptr, &look_every) < 0) continue;
            stop.request_stop();
            // To all threads but this one they are blocked.
            pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
        }
    });
}

}  // namespace nassaq::app
