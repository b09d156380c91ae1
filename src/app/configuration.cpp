#include "app/configuration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <stdexcept>
#include <system_error>

#include "app/broker.hpp"
#include "app/database.hpp"
#include "app/texts.hpp"
#include "http/client_address.hpp"
#include "http/server.hpp"

namespace nassaq::app {

settings::Faults find_faults(const settings::Settings& settings) {
    settings::Faults faults = check_database_settings(settings);
    if (!http::is_listen_address(settings.host)) {
        faults.push_back(
            fmt::format("HOST: '{}' is not an IP address; 127.0.0.1 is this machine alone, 0.0.0.0 and :: "
                        "are all of its addresses",
                        settings.host));
    }
    try {
        const http::TrustedProxies proxies(settings.trusted_proxies);
    } catch (const std::invalid_argument& error) {
        faults.push_back(fmt::format("TRUSTED_PROXIES: {}", error.what()));
    }
    std::ranges::move(check_broker_settings(settings), std::back_inserter(faults));
    std::ranges::move(check_text_settings(settings), std::back_inserter(faults));
    std::error_code error;
    std::filesystem::create_directories(settings.data_directory, error);
    if (error) {
        faults.push_back(fmt::format("DATA_DIR: cannot make the folder '{}': {}", settings.data_directory.string(),
                                     error.message()));
    }
    return faults;
}

}  // namespace nassaq::app
