#pragma once

#include "settings/settings.hpp"

namespace nassaq::app {

/// Serves until SIGTERM or SIGINT. Workers run in this process when the queue is embedded, or `with_worker`.
void serve(const settings::Settings& settings, bool with_worker);

/// Works off jobs until SIGTERM or SIGINT. Serves nothing but its own health, on WORKER_PORT.
void run_worker(const settings::Settings& settings);

}  // namespace nassaq::app
