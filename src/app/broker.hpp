#pragma once

#include <memory>
#include <string_view>

#include "broker/broker.hpp"
#include "broker/report.hpp"
#include "db/database.hpp"
#include "settings/settings.hpp"

namespace nassaq::app {

/// What is wrong with MESSAGE_BROKER_URL and OCR_QUEUE_NAME; nothing when they are fine. Without secrets.
settings::Faults check_broker_settings(const settings::Settings& settings);

/// The broker that the settings name. One on another machine is connected to in the background.
/// @param database  Holds the embedded queue; outlives the broker.
std::unique_ptr<broker::Broker> open_broker(const settings::Settings& settings, db::Database& database);

/// Looks at the broker and its queues for an operator, and changes nothing.
/// @param database  Of the embedded queue; none: nothing can be said of that.
/// @throws std::runtime_error when the broker cannot be reached; without secrets.
broker::BrokerReport inspect_broker(const settings::Settings& settings, db::Database* database);

/// "embedded", "rabbitmq" or "service-bus".
std::string_view name_of_broker(const settings::Settings& settings);
bool has_embedded_queue(const settings::Settings& settings);

}  // namespace nassaq::app
