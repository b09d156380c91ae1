#pragma once

#include "settings/settings.hpp"

namespace nassaq::app {

struct DoctorOptions {
    bool storage = false;  ///< Compare the storage with the documents.
    bool verify = false;   ///< And read every file, and compare it with its checksum.
    bool as_json = false;  ///< {"is_well", "findings": [{"part", "state": "ok" | "warning" | "fault", "message"}]}
};

/// Says on standard output what works, what does not and how to mend it, without any secret. Changes nothing.
/// @return whether there is no fault; a warning is none.
bool examine(const settings::Settings& settings, const DoctorOptions& options);

}  // namespace nassaq::app
