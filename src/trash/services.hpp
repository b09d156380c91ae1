#pragma once

#include <chrono>

#include "db/database.hpp"
#include "db/foreign_keys.hpp"
#include "files/upgrade.hpp"
#include "jobs/blob_deletion.hpp"
#include "jobs/outbox.hpp"
#include "jobs/stage.hpp"
#include "settings/settings.hpp"
#include "storage/storage.hpp"
#include "texts/text_store.hpp"
#include "usage/usage.hpp"

namespace nassaq::trash {

/// What these handlers use.
struct Services {
    const settings::Settings& settings;  ///< How long the trash is kept.
    usage::Limits quota_defaults;
    db::Database& database;
    db::ForeignKeys& foreign_keys;
    const storage::Storage& storage;
    texts::TextStore& texts;
    const jobs::Stages& stages;
    jobs::OutboxRelay& outbox;
    jobs::BlobDeletions& blob_deletions;
    files::Upgrade& upgrade;
};

}  // namespace nassaq::trash
