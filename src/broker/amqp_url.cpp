#include "broker/amqp_url.hpp"

#include <fmt/format.h>

#include <boost/url.hpp>
#include <limits>
#include <optional>

#include "base/text.hpp"

namespace nassaq::broker {
namespace {

namespace urls = boost::urls;

using Fault = std::optional<std::string>;

constexpr std::uint16_t plain_port = 5672;
constexpr std::uint16_t tls_port = 5671;

/// @return nothing when it is no whole number from 0 to `most`.
std::optional<std::int64_t> number(const std::string& value, std::int64_t most) {
    const auto parsed = text::parse_integer(value);
    return parsed && *parsed >= 0 && *parsed <= most ? parsed : std::nullopt;
}

Fault read_scheme(const urls::url_view& url, AmqpAddress& address) {
    if (url.scheme() != "amqp" && url.scheme() != "amqps") {
        return "it begins neither with amqp:// nor with amqps://";
    }
    address.uses_tls = url.scheme() == "amqps";
    return std::nullopt;
}

Fault read_authority(const urls::url_view& url, AmqpAddress& address) {
    address.host = std::string(url.host_address());
    if (address.host.empty()) {
        return "it names no host";
    }
    address.port = address.uses_tls ? tls_port : plain_port;
    if (url.has_port() && !url.port().empty()) {
        const auto port = number(std::string(url.port()), std::numeric_limits<std::uint16_t>::max());
        if (!port || *port == 0) {
            return "its port is not a number from 1 to 65535";
        }
        address.port = static_cast<std::uint16_t>(*port);
    }
    if (url.has_userinfo()) {
        address.user = url.user();
        address.password = url.password();
    }
    return std::nullopt;
}

Fault read_virtual_host(const urls::url_view& url, AmqpAddress& address) {
    if (url.encoded_path().size() <= 1) {
        return std::nullopt;
    }
    const auto segments = url.segments();
    if (segments.size() != 1) {
        return "its path has several segments; a '/' in the name of a virtual host is written %2F";
    }
    address.virtual_host = segments.front();
    return std::nullopt;
}

Fault read_heartbeat(const std::string& value, AmqpAddress& address) {
    constexpr std::int64_t most = std::numeric_limits<std::uint16_t>::max();
    const auto seconds = number(value, most);
    if (!seconds) {
        return fmt::format("its heartbeat is not a whole number of seconds from 0 to {}", most);
    }
    if (*seconds > 0) {
        address.heartbeat = std::chrono::seconds(*seconds);
    }
    return std::nullopt;
}

Fault read_connect_timeout(const std::string& value, AmqpAddress& address) {
    constexpr std::int64_t most = 600'000;
    const auto milliseconds = number(value, most);
    if (!milliseconds || *milliseconds == 0) {
        return fmt::format("its connection_timeout is not a whole number of milliseconds from 1 to {}", most);
    }
    address.connect_timeout = std::chrono::milliseconds(*milliseconds);
    return std::nullopt;
}

Fault read_verify(const std::string& value, AmqpAddress& address) {
    if (value != "verify_peer" && value != "verify_none") {
        return "its verify is neither verify_peer nor verify_none";
    }
    address.verifies_peer = value == "verify_peer";
    return std::nullopt;
}

Fault read_parameter(const std::string& key, const std::string& value, AmqpAddress& address) {
    if (key == "heartbeat") {
        return read_heartbeat(value, address);
    }
    if (key == "connection_timeout") {
        return read_connect_timeout(value, address);
    }
    if (key == "verify") {
        return read_verify(value, address);
    }
    if (key == "no_verify_ssl") {
        address.verifies_peer = value == "0";
    } else if (key == "cacertfile" || key == "cafile") {
        address.ca_file = value;
    } else if (key == "certfile") {
        address.certificate_file = value;
    } else if (key == "keyfile") {
        address.key_file = value;
    }
    return std::nullopt;
}

Fault read_parameters(const urls::url_view& url, AmqpAddress& address) {
    for (const auto& parameter : url.params()) {
        if (auto fault = read_parameter(std::string(parameter.key), std::string(parameter.value), address)) {
            return fault;
        }
    }
    if (address.certificate_file.empty() != address.key_file.empty()) {
        return "certfile and keyfile go together, and it has only one of them";
    }
    return std::nullopt;
}

}  // namespace

std::expected<AmqpAddress, std::string> parse_amqp_url(std::string_view url) {
    const auto parsed = urls::parse_uri(url);
    if (!parsed) {
        return std::unexpected(
            "it is no URL as in amqp://USER:PASSWORD@HOST:5672/VHOST; characters such as @ / # % in the user or the "
            "password are written as %40 %2F %23 %25");
    }
    AmqpAddress address;
    for (const auto read : {read_scheme, read_authority, read_virtual_host, read_parameters}) {
        if (auto fault = read(*parsed, address)) {
            return std::unexpected(std::move(*fault));
        }
    }
    return address;
}

}  // namespace nassaq::broker
