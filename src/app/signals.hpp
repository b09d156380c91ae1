#pragma once

namespace nassaq::app {

/// Blocks SIGTERM and SIGINT in this thread and those that it starts, so that wait_for_stop() gets them, and ignores
/// SIGPIPE. To be called before any thread is started.
void block_stop_signals();

/// Waits for SIGTERM or SIGINT. From then on a second one ends the process at once. @return the signal.
int wait_for_stop();

}  // namespace nassaq::app
