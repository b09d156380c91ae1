#include "app/signals.hpp"

#include <csignal>

namespace nassaq::app {
namespace {

sigset_t stop_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    return signals;
}

}  // namespace

void block_stop_signals() {
    const sigset_t signals = stop_signals();
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    // A client that goes away is an error of write(2), no reason to die.
    static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
}

int wait_for_stop() {
    const sigset_t signals = stop_signals();
    int signal = 0;
    sigwait(&signals, &signal);
    // Both have their default action, the end of the process, so letting them through is all a second one needs.
    pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
    return signal;
}

}  // namespace nassaq::app
