#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <proton/connection.hpp>
#include <proton/delivery.hpp>
#include <proton/message.hpp>
#include <proton/messaging_handler.hpp>
#include <proton/receiver.hpp>
#include <proton/sender.hpp>
#include <proton/uuid.hpp>
#include <string>
#include <vector>

namespace nassaq::broker::service_bus {

/// Renews the locks of the messages that are on loan, so that a job that takes longer than the queue's lock duration is
/// not given to others meanwhile. By request and response on each queue's management node (Microsoft Learn, "AMQP 1.0
/// in Azure Service Bus: request-response-based operations", "Message Renew Lock"). Of the container's thread alone.
class LockKeeper final : private proton::messaging_handler {
public:
    /// Of a broker that does not say until when a message is locked nothing is kept: its locks last as long as the
    /// link.
    void keep(const std::string& queue, const proton::delivery& delivery, const proton::message& message);
    void forget(const proton::delivery& delivery);
    /// When the connection is gone; the locks are then, too.
    void forget_all() { queues_.clear(); }

    /// Whether a lock is half over.
    [[nodiscard]] bool is_due() const;
    /// Asks for more time for the locks that are half over.
    void renew(proton::connection& connection);

private:
    using Clock = std::chrono::steady_clock;
    using Tokens = std::vector<proton::uuid>;

    struct Queue {
        proton::sender requests;
        proton::receiver replies;
        std::map<proton::uuid, Clock::time_point> renew_at;
        std::map<std::uint64_t, Tokens> asked;  ///< By the request's id.
    };

    void on_message(proton::delivery& delivery, proton::message& reply) override;
    void on_sender_error(proton::sender& link) override;
    void on_receiver_error(proton::receiver& link) override;
    void on_error(const proton::error_condition& condition) override;

    static Tokens due(const Queue& queue);
    static void open(Queue& queue, const std::string& name, proton::connection& connection,
                     proton::messaging_handler& handler);
    void ask(Queue& queue, const std::string& name);
    static void note_renewal(Queue& queue, const Tokens& tokens, const proton::message& reply);

    std::map<std::string, Queue> queues_;
    std::uint64_t next_request_ = 1;
};

}  // namespace nassaq::broker::service_bus
