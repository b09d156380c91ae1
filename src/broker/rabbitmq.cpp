#include "broker/rabbitmq.hpp"

#include <fmt/format.h>

#include <map>
#include <mutex>
#include <stdexcept>
#include <utility>

#include "base/text.hpp"
#include "broker/rabbitmq_consumer.hpp"
#include "broker/rabbitmq_publisher.hpp"

namespace nassaq::broker {
namespace {

using rabbitmq::Consumer;

/// A delivery's handle: "CONNECTION:TAG:QUEUE".
struct LoanHandle {
    Consumer::Loan loan;
    std::string queue;

    [[nodiscard]] std::string to_string() const { return fmt::format("{}:{}:{}", loan.connection, loan.tag, queue); }

    static LoanHandle parse(std::string_view written) {
        const std::size_t first = written.find(':');
        const std::size_t second = first == std::string_view::npos ? first : written.find(':', first + 1);
        if (second != std::string_view::npos) {
            const auto connection = text::parse_integer(written.substr(0, first));
            const auto tag = text::parse_integer(written.substr(first + 1, second - first - 1));
            if (connection && tag) {
                return {.loan = {.connection = static_cast<std::uint64_t>(*connection),
                                 .tag = static_cast<std::uint64_t>(*tag)},
                        .queue = std::string(written.substr(second + 1))};
            }
        }
        throw std::invalid_argument("not a delivery of RabbitMQ: " + std::string(written));
    }
};

class RabbitMqBroker final : public Broker {
public:
    RabbitMqBroker(AmqpAddress address, std::uint16_t prefetch)
        : address_(std::move(address)), prefetch_(prefetch), publisher_(address_) {}

    std::vector<Refusal> publish(std::string_view queue, std::span<const Message> messages) override {
        return publisher_.publish(queue, messages);
    }
    std::optional<Delivery> receive(std::string_view queue, std::stop_token stop) override {
        auto received = consumer(queue).receive(stop);
        if (!received) {
            return std::nullopt;
        }
        const LoanHandle handle{.loan = received->loan, .queue = std::string(queue)};
        return Delivery{.message = std::move(received->message), .handle = handle.to_string()};
    }
    void acknowledge(const Delivery& delivery) override {
        const LoanHandle handle = LoanHandle::parse(delivery.handle);
        consumer(handle.queue).acknowledge(handle.loan);
    }
    void release(const Delivery& delivery) override {
        const LoanHandle handle = LoanHandle::parse(delivery.handle);
        consumer(handle.queue).release(handle.loan);
    }
    void check() override { publisher_.check(); }
    std::uint64_t depth(std::string_view queue) override { return publisher_.depth(queue); }
    std::uint64_t purge(std::string_view queue) override { return publisher_.purge(queue); }

private:
    Consumer& consumer(std::string_view queue) {
        const std::scoped_lock lock(mutex_);
        auto found = consumers_.find(queue);
        if (found == consumers_.end()) {
            auto made = std::make_unique<Consumer>(address_, std::string(queue), prefetch_);
            found = consumers_.emplace(queue, std::move(made)).first;
        }
        return *found->second;
    }

    AmqpAddress address_;
    std::uint16_t prefetch_;
    rabbitmq::Publisher publisher_;
    std::mutex mutex_;
    std::map<std::string, std::unique_ptr<Consumer>, std::less<>> consumers_;  ///< Guarded by mutex_.
};

QueueReport inspect_queue(rabbitmq::Connection& connection, const std::string& name) {
    QueueReport report;
    report.name = name;
    try {
        report.depth = connection.find_queue(name);
        if (!report.depth) {
            report.remark = "is not there yet; the server makes it";
            return report;
        }
        connection.require_durable(name);
    } catch (const rabbitmq::Refused& refused) {
        const std::string_view reason = refused.what();
        if (!report.depth) {
            report.is_usable = false;
            report.remark = fmt::format("cannot be looked at: {}", reason);
        } else if (reason.find("'durable'") != std::string_view::npos) {
            report.is_usable = false;
            report.remark =
                "is not durable: RabbitMQ loses it when it restarts; delete it, and the server makes a durable one";
        } else {
            report.remark = fmt::format(
                "is used as it is, but has other properties than the platform's own programs declare: {}", reason);
        }
    }
    return report;
}

}  // namespace

BrokerReport inspect_rabbitmq(const AmqpAddress& address, std::span<const std::string> queues) {
    rabbitmq::Connection connection(address, "nassaq doctor");
    BrokerReport report{.product = connection.product(), .queues = {}};
    for (const std::string& queue : queues) {
        report.queues.push_back(inspect_queue(connection, queue));
    }
    connection.close();
    return report;
}

std::unique_ptr<Broker> make_rabbitmq_broker(const AmqpAddress& address, std::uint16_t prefetch) {
    return std::make_unique<RabbitMqBroker>(address, prefetch);
}

}  // namespace nassaq::broker
