#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

/// The queue between the servers and the workers: embedded in the database, RabbitMQ or Azure Service Bus.
namespace nassaq::broker {

struct Message {
    std::string id;    ///< The outbox id: what a broker may drop duplicates by.
    std::string body;  ///< JSON, see platform.md, 4.
};

/// A message on loan to a consumer, until it is settled. One that is not settled is delivered again.
struct Delivery {
    Message message;
    std::string handle;  ///< The broker's own name for this loan.
};

/// A message that the broker answers for, and will not take.
struct Refusal {
    std::string message_id;
    std::string reason;  ///< For the log.
};

/// Safe to use from several threads. What the broker cannot do now is thrown as std::runtime_error; nothing is lost by
/// it, because the caller still holds the message.
class Broker {
public:
    Broker() = default;
    Broker(const Broker&) = delete;
    Broker& operator=(const Broker&) = delete;
    virtual ~Broker() = default;

    /// Returns once the broker has taken responsibility for all of them but those that it refuses.
    [[nodiscard]] virtual std::vector<Refusal> publish(std::string_view queue, std::span<const Message> messages) = 0;
    /// Waits for the next message. @return nothing when `stop` is requested first.
    virtual std::optional<Delivery> receive(std::string_view queue, std::stop_token stop) = 0;
    /// The message is done with. A loan that has ended by itself is passed over: the message is delivered again.
    virtual void acknowledge(const Delivery& delivery) = 0;
    /// Gives the message back, to be delivered again, at once and to anyone.
    virtual void release(const Delivery& delivery) = 0;
    /// There may be messages that did not come by publish(): who waits for one looks again.
    virtual void look_again() {}
    /// Throws when the broker cannot be used now (readiness). Does not wait for it to come back.
    virtual void check() = 0;
    /// Messages that wait, those on loan not counted.
    virtual std::uint64_t depth(std::string_view queue) = 0;
    /// Drops the messages that wait. @return how many.
    virtual std::uint64_t purge(std::string_view queue) = 0;
};

}  // namespace nassaq::broker
