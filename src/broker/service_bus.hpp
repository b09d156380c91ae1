#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "broker/broker.hpp"
#include "broker/report.hpp"

namespace nassaq::broker {

/// Where a namespace of Azure Service Bus, or another AMQP 1.0 broker, is and how to speak to it.
struct ServiceBusAddress {
    std::string host;
    std::uint16_t port = 5671;
    std::string key_name;
    std::string key;          ///< A secret.
    std::string entity_path;  ///< The only queue for which the key is good; empty: all of the namespace.
    bool uses_tls = true;
    std::string ca_file;  ///< PEM; empty: the authorities of the system.
};

/// Reads a connection string as the Azure portal shows it (Microsoft Learn, "Service Bus client connection string"):
/// `Endpoint=sb://NAME.servicebus.windows.net/;SharedAccessKeyName=…;SharedAccessKey=…` and perhaps `;EntityPath=…`.
/// `;UseDevelopmentEmulator=true` is the emulator: TCP without TLS, port 5672 unless the endpoint names another.
/// @return the address, or what is wrong, without any part that may be secret.
std::expected<ServiceBusAddress, std::string> parse_service_bus(std::string_view text);

/// A token for `audience` that is good until `expiry`, seconds since 1970 (Microsoft Learn, "Service Bus access control
/// with Shared Access Signatures").
std::string shared_access_signature(const ServiceBusAddress& address, std::string_view audience, std::int64_t expiry);

/// Azure Service Bus by AMQP 1.0. The queues, that of dead jobs too, must be there: AMQP cannot make them. SASL PLAIN;
/// where that is refused, a token is put to `$cbs`, and again before it ends.
///
/// Publishing waits for the broker to accept each message; one that is released is sent again. Messages are received
/// under a lock ("peek-lock"), which is renewed for as long as they are on loan. Should it end all the same the message
/// comes again, and the claim of its document is what keeps it from being worked off twice.
///
/// Connects in the background, and again when the connection is lost: publishing throws meanwhile, receiving waits.
/// depth() throws: AMQP does not tell it.
std::unique_ptr<Broker> make_service_bus_broker(const ServiceBusAddress& address);

/// Connects, and opens a link to each queue by which it sends nothing. @throws std::runtime_error when it cannot
/// connect.
BrokerReport inspect_service_bus(const ServiceBusAddress& address, std::span<const std::string> queues);

}  // namespace nassaq::broker
