#pragma once

#include <expected>
#include <memory>
#include <string>

#include "http/tls_credentials.hpp"
#include "settings/settings.hpp"

namespace nassaq::app {

/// The certificate and its key. @return what is wrong with which of the two variables, without what is in the files.
std::expected<http::TlsIdentity, std::string> load_tls(const settings::TlsFiles& files);

/// What is wrong with the files of TLS_CERT_FILE and TLS_KEY_FILE. Only a server needs them: a worker's user may well
/// not be able to read the key.
settings::Faults check_tls_settings(const settings::Settings& settings);

/// What the settings name, which the log is told of; nothing when they name nothing. @throws std::runtime_error saying
/// what is wrong with it
std::shared_ptr<http::TlsCredentials> open_tls(const settings::Settings& settings);

/// Reads the files again, for the connections from now on. When something is wrong with them, the log says what and the
/// old ones stay. @param credentials  what open_tls() has given
void reload_tls(const settings::Settings& settings, http::TlsCredentials* credentials);

}  // namespace nassaq::app
