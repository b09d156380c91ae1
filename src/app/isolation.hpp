#pragma once

#include "settings/settings.hpp"

namespace nassaq::app {

/// Closes the memory, the environment and the open files of this process to other processes of its user (what they
/// could reach by ptrace(2) and /proc); only root may look into it any more. There are no core dumps of it either.
/// @throws std::system_error
void close_to_other_processes();

/// Whether documents may be read on this kernel (EXTRACT_REQUIRE_LANDLOCK).
settings::Faults check_isolation(const settings::ExtractionSettings& settings);

/// Says in the log what keeps decoders apart from this process, and warns where it is too little.
void log_isolation();

}  // namespace nassaq::app
