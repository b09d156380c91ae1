#pragma once

#include "settings/settings.hpp"

namespace nassaq::app {

/// Serves until SIGTERM or SIGINT. The worker runs in this process.
void serve(const settings::Settings& settings);

/// Works off jobs, without serving, until SIGTERM or SIGINT.
void run_worker(const settings::Settings& settings);

}  // namespace nassaq::app
