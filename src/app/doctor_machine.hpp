#pragma once

#include "app/doctor_report.hpp"
#include "settings/settings.hpp"

/// What the doctor looks at on this machine.
namespace nassaq::app {

/// Whether DATA_DIR can be written, by nobody else be read, and has room.
void look_at_data_directory(DoctorReport& report, const settings::Settings& settings);
/// Whether JWT_SECRET_KEY can be guessed.
void look_at_secret(DoctorReport& report, const settings::Settings& settings);
/// Whether the certificate and the key, where there are any, fit together, and how long they are good for.
void look_at_tls(DoctorReport& report, const settings::Settings& settings);
/// Whether something keeps the clock right, which tokens and claims depend on.
void look_at_clock(DoctorReport& report);
/// What keeps decoders apart from the server.
void look_at_sandbox(DoctorReport& report, const settings::Settings& settings);
/// Whether programs and models that read documents are there, by having a text read.
void look_at_extraction(DoctorReport& report, const settings::Settings& settings);

}  // namespace nassaq::app
