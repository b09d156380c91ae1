#include "broker/rabbitmq_consumer.hpp"

#include <utility>

namespace nassaq::broker::rabbitmq {

Consumer::Consumer(const AmqpAddress& address, std::string queue, std::uint16_t prefetch)
    : queue_(std::move(queue)), prefetch_(prefetch), link_(address, "consumer", *this) {}

std::optional<Consumer::Received> Consumer::receive(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    const bool has_some = changed_.wait(lock, stop, [this] { return !ready_.empty(); });
    if (!has_some || stop.stop_requested()) {
        return std::nullopt;
    }
    Received received = std::move(ready_.front());
    ready_.pop_front();
    return received;
}

void Consumer::acknowledge(const Loan& loan) {
    link_.try_post([this, loan](Connection& connection) {
        if (loan.connection == connection_) {
            connection.acknowledge(loan.tag);
        }
    });
}

void Consumer::release(const Loan& loan) {
    link_.try_post([this, loan](Connection& connection) {
        if (loan.connection == connection_) {
            connection.give_back(loan.tag);
        }
    });
}

void Consumer::on_connected(Connection& connection) {
    connection.declare(queue_);
    connection.consume(queue_, prefetch_);
}

void Consumer::on_event(Connection& /*connection*/, Event event) {
    if (std::holds_alternative<Cancelled>(event)) {
        throw ConnectionError("the queue '" + queue_ + "' was deleted; it is made again");
    }
    if (auto* delivered = std::get_if<Delivered>(&event)) {
        {
            const std::scoped_lock lock(mutex_);
            ready_.push_back(
                {.message = std::move(delivered->message), .loan = {.connection = connection_, .tag = delivered->tag}});
        }
        changed_.notify_one();
    }
}

void Consumer::on_turn(Connection& /*connection*/) {}

void Consumer::on_lost(const std::string& /*reason*/) {
    const std::scoped_lock lock(mutex_);
    ready_.clear();
    ++connection_;
}

}  // namespace nassaq::broker::rabbitmq
