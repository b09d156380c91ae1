#include "app/tls.hpp"

#include <fmt/format.h>

#include <chrono>
#include <exception>
#include <stdexcept>
#include <string>
#include <utility>

#include "base/clock.hpp"
#include "base/log.hpp"

namespace nassaq::app {
namespace {

std::string to_text(const http::TlsFault& fault) {
    const bool is_of_key = fault.file == http::TlsFault::File::key;
    return fmt::format("{}: {}", is_of_key ? "TLS_KEY_FILE" : "TLS_CERT_FILE", fault.what);
}

void log_identity(const http::TlsIdentity& identity) {
    const auto now = std::chrono::system_clock::now();
    const std::string from = to_iso(identity.not_before()) + "Z";
    const std::string until = to_iso(identity.not_after()) + "Z";
    log::info("TLS certificate", {{"subject", identity.subject()}, {"expires", until}});
    if (now < identity.not_before()) {
        log::warning("the TLS certificate is not valid yet", {{"subject", identity.subject()}, {"from", from}});
    }
    if (now > identity.not_after()) {
        log::warning("the TLS certificate has expired", {{"subject", identity.subject()}, {"expired", until}});
    }
}

}  // namespace

std::expected<http::TlsIdentity, std::string> load_tls(const settings::TlsFiles& files) {
    auto identity = http::TlsIdentity::load({.certificate = files.certificate, .key = files.key});
    if (!identity) {
        return std::unexpected(to_text(identity.error()));
    }
    return std::move(*identity);
}

settings::Faults check_tls_settings(const settings::Settings& settings) {
    if (!settings.tls) {
        return {};
    }
    const auto identity = load_tls(*settings.tls);
    return identity ? settings::Faults() : settings::Faults{identity.error()};
}

std::shared_ptr<http::TlsCredentials> open_tls(const settings::Settings& settings) {
    if (!settings.tls) {
        return nullptr;
    }
    auto identity = load_tls(*settings.tls);
    if (!identity) {
        throw std::runtime_error(identity.error());
    }
    log_identity(*identity);
    return std::make_shared<http::TlsCredentials>(std::move(*identity));
}

void reload_tls(const settings::Settings& settings, http::TlsCredentials* credentials) {
    if (credentials == nullptr) {
        log::info("there is nothing to reload: TLS_CERT_FILE is not set");
        return;
    }
    try {
        // NOLINTNEXTLINE(bugprone-unchecked-optional-access): there are credentials.
        auto identity = load_tls(*settings.tls);
        if (!identity) {
            log::error("the TLS certificate stays the old one", {{"fault", identity.error()}});
            return;
        }
        log_identity(*identity);
        credentials->replace(std::move(*identity));
    } catch (const std::exception& error) {
        log::error("the TLS certificate stays the old one", {{"fault", error.what()}});
    }
}

}  // namespace nassaq::app
