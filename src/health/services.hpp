#pragma once

#include "broker/broker.hpp"
#include "db/database.hpp"
#include "metrics/metrics.hpp"
#include "storage/storage.hpp"
#include "texts/text_store.hpp"

namespace nassaq::health {

/// What these handlers look at.
struct Services {
    db::Database& database;
    storage::Storage& storage;
    texts::TextStore& texts;
    broker::Broker& broker;
    metrics::Metrics& metrics;
};

}  // namespace nassaq::health
