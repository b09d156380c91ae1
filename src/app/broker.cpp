#include "app/broker.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <vector>

#include "app/stages.hpp"
#include "base/text.hpp"
#include "broker/embedded.hpp"
#include "broker/rabbitmq.hpp"
#include "broker/service_bus.hpp"
#include "jobs/message.hpp"
#include "jobs/outbox.hpp"

namespace nassaq::app {
namespace {

/// AMQP 0-9-1, 3.1.1: a short string.
constexpr std::size_t longest_queue_name = 255;

bool is_service_bus(std::string_view url) {
    return text::to_lower(url).contains("endpoint=sb://");
}

std::string fault_of_url(const std::string& url) {
    if (is_service_bus(url)) {
        const auto address = broker::parse_service_bus(url);
        return address ? std::string() : address.error();
    }
    const auto address = broker::parse_amqp_url(url);
    return address ? std::string() : address.error();
}

}  // namespace

settings::Faults check_broker_settings(const settings::Settings& settings) {
    settings::Faults faults;
    if (!has_embedded_queue(settings)) {
        if (const std::string fault = fault_of_url(settings.message_broker_url); !fault.empty()) {
            faults.push_back("MESSAGE_BROKER_URL: " + fault);
        }
    }
    const std::string& queue = settings.ocr_queue_name;
    if (queue == jobs::blob_deletion_queue || queue == jobs::text_deletion_queue || queue.starts_with("amq.")) {
        faults.push_back(
            fmt::format("OCR_QUEUE_NAME: '{}' is a queue of the server's own; choose another name", queue));
    }
    if (const std::size_t bytes = jobs::dead_queue(queue).size(); bytes > longest_queue_name) {
        faults.push_back(fmt::format("OCR_QUEUE_NAME: with \".dead\" behind it, it has {} bytes; {} are possible",
                                     bytes, longest_queue_name));
    }
    return faults;
}

std::unique_ptr<broker::Broker> open_broker(const settings::Settings& settings, db::Database& database) {
    if (has_embedded_queue(settings)) {
        return broker::make_embedded_broker(database);
    }
    if (is_service_bus(settings.message_broker_url)) {
        return broker::make_service_bus_broker(broker::parse_service_bus(settings.message_broker_url).value());
    }
    return broker::make_rabbitmq_broker(broker::parse_amqp_url(settings.message_broker_url).value(),
                                        static_cast<std::uint16_t>(settings.ocr_concurrency));
}

broker::BrokerReport inspect_broker(const settings::Settings& settings, db::Database* database) {
    std::vector<std::string> queues;
    const jobs::Stages stages = make_stages(settings);
    for (const jobs::Stage& stage : stages.all()) {
        queues.insert(queues.end(), {stage.queue, jobs::dead_queue(stage.queue)});
    }
    if (has_embedded_queue(settings)) {
        broker::BrokerReport report;
        const auto embedded = database == nullptr ? nullptr : broker::make_embedded_broker(*database);
        for (const std::string& queue : queues) {
            if (embedded) {
                report.queues.push_back({.name = queue, .depth = embedded->depth(queue), .remark = {}});
            }
        }
        return report;
    }
    if (is_service_bus(settings.message_broker_url)) {
        return broker::inspect_service_bus(broker::parse_service_bus(settings.message_broker_url).value(), queues);
    }
    return broker::inspect_rabbitmq(broker::parse_amqp_url(settings.message_broker_url).value(), queues);
}

std::string_view name_of_broker(const settings::Settings& settings) {
    if (has_embedded_queue(settings)) {
        return "embedded";
    }
    return is_service_bus(settings.message_broker_url) ? "service-bus" : "rabbitmq";
}

bool has_embedded_queue(const settings::Settings& settings) {
    return settings.message_broker_url.empty();
}

}  // namespace nassaq::app
