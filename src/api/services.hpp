#pragma once

#include "api/answer_cache.hpp"
#include "api/rate_limits.hpp"
#include "broker/broker.hpp"
#include "db/database.hpp"
#include "db/foreign_keys.hpp"
#include "jobs/blob_deletion.hpp"
#include "jobs/document_events.hpp"
#include "jobs/outbox.hpp"
#include "jobs/stage.hpp"
#include "metrics/metrics.hpp"
#include "security/jwt.hpp"
#include "settings/settings.hpp"
#include "storage/storage.hpp"
#include "texts/text_store.hpp"

namespace nassaq::audit {
class ReadingLog;  // Of a folder that is above this one.
}

namespace nassaq::api {

/// What handlers may use. Everything here is safe to use from several threads and outlives the server.
struct Services {
    const settings::Settings& settings;
    db::Database& database;
    db::ForeignKeys& foreign_keys;
    storage::Storage& storage;
    texts::TextStore& texts;
    broker::Broker& broker;
    const jobs::Stages& stages;
    jobs::OutboxRelay& outbox;
    jobs::BlobDeletions& blob_deletions;
    jobs::EventFeed& events;
    const security::TokenSigner& tokens;
    metrics::Metrics& metrics;
    RateLimits& rate_limits;
    AnswerCache& answers;
    audit::ReadingLog& reading_log;
};

}  // namespace nassaq::api
