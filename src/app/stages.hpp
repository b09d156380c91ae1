#pragma once

#include <filesystem>

#include "db/database.hpp"
#include "extraction/stage.hpp"
#include "jobs/stage.hpp"
#include "metrics/metrics.hpp"
#include "settings/settings.hpp"
#include "storage/storage.hpp"
#include "texts/text_store.hpp"

namespace nassaq::app {

/// The stages of this installation, in the order in which they come.
jobs::Stages make_stages(const settings::Settings& settings);

/// Where programs that read documents have their folders.
std::filesystem::path temporary_directory(const settings::Settings& settings);

/// What the work of stages is made of. Outlives the work.
struct WorkParts {
    const settings::Settings& settings;
    db::Database& database;
    storage::Storage& storage;
    texts::TextStore& texts;
    metrics::Metrics& metrics;
};

/// What is done in a stage of make_stages().
jobs::Work make_work(const jobs::Stage& stage, const WorkParts& parts);

}  // namespace nassaq::app
