#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>

#include "broker/amqp_url.hpp"
#include "broker/broker.hpp"

struct amqp_connection_state_t_;

namespace nassaq::broker::rabbitmq {

/// The connection is lost, or could not be made. Never holds the password.
class ConnectionError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// The broker answered, and will not do it; the connection lives on.
class Refused : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// A publisher confirm (rabbitmq.com/docs/confirms): of one message, or of all up to it.
struct Confirmed {
    std::uint64_t tag = 0;
    bool is_multiple = false;
    bool is_taken = true;
};
/// A message that no queue took; its confirm follows.
struct Returned {
    std::string message_id;
    std::string reason;
};
struct Delivered {
    std::uint64_t tag = 0;
    Message message;
};
/// The queue that was consumed is gone.
struct Cancelled {};
/// The broker reads nothing more of this connection: it has too little memory or disk (rabbitmq.com/docs/alarms).
struct Blocked {
    std::string reason;
};
struct Unblocked {};
using Event = std::variant<Confirmed, Returned, Delivered, Cancelled, Blocked, Unblocked>;

/// A connection to RabbitMQ by AMQP 0-9-1, with one channel: rabbitmq-c in C++. For one thread, which has to call
/// next_event() every second or so, because that is what sends and watches the heartbeats. Everything throws
/// ConnectionError; afterwards it can only be destroyed.
class Connection {
public:
    /// Connects and logs in, which takes no longer than the address allows. @param name  Shown in RabbitMQ's own pages.
    Connection(const AmqpAddress& address, const std::string& name);

    /// What the broker says that it is: "RabbitMQ 3.10.8".
    [[nodiscard]] std::string product() const;
    /// Readable when next_event() may have something.
    [[nodiscard]] int descriptor() const;
    /// What has come, without waiting.
    std::optional<Event> next_event();

    /// Makes sure of the queue: one that is there is taken as it is, another is made durable, with no arguments.
    /// @return how many messages wait in it. @throws Refused
    std::uint64_t declare(std::string_view queue);
    /// @return how many messages wait, nothing when there is no such queue. @throws Refused
    std::optional<std::uint64_t> find_queue(std::string_view queue);
    /// Declares a queue that is there once more, as durable and with no arguments, which changes nothing.
    /// @throws Refused when it has other properties; the reason names the first that differs.
    void require_durable(std::string_view queue);
    /// @return how many messages were dropped. @throws Refused
    std::uint64_t purge(std::string_view queue);
    /// @throws Refused
    void delete_queue(std::string_view queue);

    void select_confirms();
    /// Sends a persistent message through the default exchange. Waits only for the socket, 20 s at most.
    void publish(std::string_view queue, const Message& message);

    /// @param prefetch  How many messages may be on loan at once.
    void consume(std::string_view queue, std::uint16_t prefetch);
    void acknowledge(std::uint64_t tag);
    void give_back(std::uint64_t tag);

    /// Says goodbye, waiting a few seconds at most.
    void close() noexcept;

private:
    struct Destroy {
        void operator()(amqp_connection_state_t_* state) const;
    };

    void open_socket(const AmqpAddress& address);
    void log_in(const AmqpAddress& address, const std::string& name);
    std::uint64_t declare_durable(std::string_view queue);
    /// A channel for one question: RabbitMQ closes it when it refuses.
    template <class Ask>
    auto on_channel_of_its_own(Ask ask);

    std::unique_ptr<amqp_connection_state_t_, Destroy> state_;
};

}  // namespace nassaq::broker::rabbitmq
