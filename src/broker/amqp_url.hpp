#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace nassaq::broker {

/// Where a RabbitMQ is and how to speak to it.
struct AmqpAddress {
    std::string host;
    std::uint16_t port = 5672;
    std::string user = "guest";
    std::string password = "guest";  ///< A secret.
    std::string virtual_host = "/";
    bool uses_tls = false;
    bool verifies_peer = true;     ///< The certificate's authority and the host's name.
    std::string ca_file;           ///< PEM; empty: the authorities of the system.
    std::string certificate_file;  ///< PEM; empty: none is shown. With key_file.
    std::string key_file;
    std::chrono::seconds heartbeat{10};
    std::chrono::milliseconds connect_timeout{5'000};
};

/// Reads an `amqp://` or `amqps://` URL (rabbitmq.com/docs/uri-spec, rabbitmq.com/docs/uri-query-parameters). Where the
/// path is missing or "/" the virtual host is "/", as the libraries of the Python platform have it, not the empty one.
///
/// Query: `heartbeat` (seconds; 0 is our own choice), `connection_timeout` (milliseconds), `cacertfile` or `cafile`,
/// `certfile`, `keyfile`, `verify` (verify_peer, verify_none), `no_verify_ssl=1`. Others are passed over, because they
/// are for other libraries.
/// @return the address, or what is wrong, without any part of the URL that may be secret.
std::expected<AmqpAddress, std::string> parse_amqp_url(std::string_view url);

}  // namespace nassaq::broker
