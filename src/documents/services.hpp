#pragma once

#include "api/answer_cache.hpp"
#include "audit/reading_log.hpp"
#include "db/database.hpp"
#include "files/place_finder.hpp"
#include "files/upgrade.hpp"
#include "jobs/blob_deletion.hpp"
#include "jobs/document_events.hpp"
#include "jobs/outbox.hpp"
#include "jobs/stage.hpp"
#include "settings/settings.hpp"
#include "storage/storage.hpp"
#include "texts/text_store.hpp"
#include "usage/usage.hpp"

namespace nassaq::documents {

/// What these handlers use.
struct Services {
    const settings::Settings& settings;  ///< Which files are taken.
    usage::Limits quota_defaults;        ///< Of whom no quota of a user or role says otherwise.
    db::Database& database;
    storage::Storage& storage;
    files::PlaceFinder& finder;
    files::Upgrade& upgrade;
    texts::TextStore& texts;
    const jobs::Stages& stages;
    jobs::OutboxRelay& outbox;
    jobs::BlobDeletions& blob_deletions;
    jobs::EventFeed& events;
    api::AnswerCache& answers;
    audit::ReadingLog& reading_log;
};

}  // namespace nassaq::documents
