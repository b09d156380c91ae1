#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "broker/amqp_url.hpp"
#include "broker/broker.hpp"
#include "broker/report.hpp"

namespace nassaq::broker {

/// RabbitMQ by AMQP 0-9-1. Queues are durable and declared without arguments, or taken as they are; messages are
/// persistent and go through the default exchange; publishing waits for the broker's confirms.
///
/// Connects in the background, and again when the connection is lost: publishing throws meanwhile, receiving waits. A
/// message on loan when the connection is lost is delivered again, to anyone. One connection publishes, and one more
/// consumes each queue from its first receive() on.
///
/// @param prefetch  How many messages of a queue may be on loan at once: the threads that receive.
std::unique_ptr<Broker> make_rabbitmq_broker(const AmqpAddress& address, std::uint16_t prefetch);

/// Connects, looks at the queues, and changes nothing. @throws std::runtime_error when it cannot connect.
BrokerReport inspect_rabbitmq(const AmqpAddress& address, std::span<const std::string> queues);

}  // namespace nassaq::broker
