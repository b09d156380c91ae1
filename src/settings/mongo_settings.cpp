#include "settings/mongo_settings.hpp"

#include <fmt/format.h>

#include <string_view>

#include "base/text.hpp"

namespace nassaq::settings {

std::string uri_of(const MongoServer& server) {
    const bool is_ipv6 = server.host.find(':') != std::string::npos;
    return fmt::format(
        "mongodb://{}:{}@{}:{}/?ssl=true&tlsInsecure={}&authMechanism=SCRAM-SHA-256&retrywrites=false"
        "&maxIdleTimeMS=120000&serverSelectionTimeoutMS=30000",
        text::percent_encode(server.user), text::percent_encode(server.password),
        is_ipv6 ? "[" + server.host + "]" : server.host, server.port, server.trusts_any_certificate);
}

std::string fault_of_mongo_host(const std::string& host) {
    const auto colons = std::string_view(host).find(':') == host.rfind(':');
    if (host.find_first_of("/@?#%,[] \t") != std::string::npos || (colons && host.find(':') != std::string::npos)) {
        return fmt::format(
            "'{}' is not one host name or address; the port goes to MONGO_PORT, and a URI or several hosts to "
            "MONGO_CONNECTION_STR",
            host.find('@') == std::string::npos ? host : "…@…");
    }
    return {};
}

std::string fault_of_mongo_database(const std::string& name) {
    constexpr std::size_t most_bytes = 63;
    if (name.size() > most_bytes || name.find_first_of("/\\. \"$*<>:|?") != std::string::npos) {
        return fmt::format(R"('{}' cannot name a database: at most {} bytes, without / \ . " $ * < > : | ? and blanks)",
                           name, most_bytes);
    }
    return {};
}

std::string fault_of_mongo_collection(const std::string& name) {
    constexpr std::size_t most_bytes = 120;
    if (name.size() > most_bytes || name.find('$') != std::string::npos || name.starts_with("system.")) {
        return fmt::format("'{}' cannot name a collection: at most {} bytes, without $, and not beginning with system.",
                           name, most_bytes);
    }
    return {};
}

}  // namespace nassaq::settings
