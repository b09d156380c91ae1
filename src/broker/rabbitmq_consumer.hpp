#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "broker/rabbitmq_link.hpp"

namespace nassaq::broker::rabbitmq {

/// Consumes one queue over a connection of its own. Safe to use from several threads.
class Consumer final : public LinkUser {
public:
    /// A loan: a delivery tag means something only on the connection on which it came.
    struct Loan {
        std::uint64_t connection = 0;
        std::uint64_t tag = 0;
    };
    struct Received {
        Message message;
        Loan loan;
    };

    /// @param prefetch  How many messages may be on loan at once.
    Consumer(const AmqpAddress& address, std::string queue, std::uint16_t prefetch);

    /// Waits for the next message, and for a broker that is away. @return nothing when `stop` is requested first.
    std::optional<Received> receive(const std::stop_token& stop);
    /// Nothing happens when the connection of the loan is gone: then the broker has the message back already.
    void acknowledge(const Loan& loan);
    void release(const Loan& loan);

private:
    void on_connected(Connection& connection) override;
    void on_event(Connection& connection, Event event) override;
    void on_turn(Connection& connection) override;
    void on_lost(const std::string& reason) override;

    std::string queue_;
    std::uint16_t prefetch_;

    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::deque<Received> ready_;    ///< Guarded by mutex_.
    std::uint64_t connection_ = 1;  ///< Counts the connections; written by the link's thread under mutex_.

    Link link_;  ///< Last, so that its thread ends first.
};

}  // namespace nassaq::broker::rabbitmq
