#include "broker/service_bus.hpp"

#include <fmt/format.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "base/text.hpp"
#include "broker/service_bus_session.hpp"

namespace nassaq::broker {
namespace {

using service_bus::Loan;

/// How long an empty queue gives nothing.
constexpr std::chrono::seconds purge_patience{2};

std::string to_handle(const Loan& loan) {
    return fmt::format("service-bus:{}:{}", loan.connection, loan.serial);
}

Loan to_loan(std::string_view handle) {
    constexpr std::string_view prefix = "service-bus:";
    const std::size_t colon = handle.rfind(':');
    if (handle.starts_with(prefix) && colon >= prefix.size()) {
        const auto connection = text::parse_integer(handle.substr(prefix.size(), colon - prefix.size()));
        const auto serial = text::parse_integer(handle.substr(colon + 1));
        if (connection && serial) {
            return {.connection = static_cast<std::uint64_t>(*connection),
                    .serial = static_cast<std::uint64_t>(*serial)};
        }
    }
    throw std::invalid_argument("this is no loan of Service Bus");
}

class ServiceBusBroker final : public Broker {
public:
    explicit ServiceBusBroker(const ServiceBusAddress& address) : session_(address) {}

    std::vector<Refusal> publish(std::string_view queue, std::span<const Message> messages) override {
        return session_.publish(std::string(queue), messages);
    }
    std::optional<Delivery> receive(std::string_view queue, std::stop_token stop) override {
        auto received = session_.receive(std::string(queue), stop);
        if (!received) {
            return std::nullopt;
        }
        return Delivery{.message = std::move(received->message), .handle = to_handle(received->loan)};
    }
    void acknowledge(const Delivery& delivery) override { session_.settle(to_loan(delivery.handle), true); }
    void release(const Delivery& delivery) override { session_.settle(to_loan(delivery.handle), false); }
    void check() override { session_.check(); }
    std::uint64_t depth(std::string_view /*queue*/) override {
        throw std::runtime_error("Service Bus does not tell over AMQP how many messages wait");
    }
    std::uint64_t purge(std::string_view queue) override;

private:
    service_bus::Session session_;
};

std::uint64_t ServiceBusBroker::purge(std::string_view queue) {
    check();
    for (std::uint64_t count = 0;; ++count) {
        std::stop_source stop;
        const std::jthread clock([&](const std::stop_token& done) {
            std::mutex mutex;
            std::unique_lock lock(mutex);
            std::condition_variable_any never;
            never.wait_for(lock, done, purge_patience, [] { return false; });
            stop.request_stop();
        });
        const auto delivery = receive(queue, stop.get_token());
        if (!delivery) {
            return count;
        }
        acknowledge(*delivery);
    }
}

}  // namespace

std::unique_ptr<Broker> make_service_bus_broker(const ServiceBusAddress& address) {
    return std::make_unique<ServiceBusBroker>(address);
}

BrokerReport inspect_service_bus(const ServiceBusAddress& address, std::span<const std::string> queues) {
    service_bus::Session session(address);
    session.check();
    BrokerReport report{.product = session.product(), .queues = {}};
    for (const std::string& queue : queues) {
        const std::string fault = session.fault_of(queue);
        report.queues.push_back({.name = queue,
                                 .depth = {},
                                 .remark = fault.empty() ? "takes messages; how many wait is not told over AMQP"
                                                         : "is not usable: " + fault,
                                 .is_usable = fault.empty()});
    }
    return report;
}

}  // namespace nassaq::broker
