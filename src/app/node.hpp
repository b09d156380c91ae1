#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <vector>

#include "app/background.hpp"
#include "base/spool.hpp"
#include "broker/broker.hpp"
#include "db/database.hpp"
#include "files/place_finder.hpp"
#include "files/take_over.hpp"
#include "files/upgrade.hpp"
#include "handover/steps.hpp"
#include "jobs/blob_deletion.hpp"
#include "jobs/blob_sweep.hpp"
#include "jobs/document_events.hpp"
#include "jobs/janitor.hpp"
#include "jobs/outbox.hpp"
#include "jobs/recovery.hpp"
#include "jobs/search_indexing.hpp"
#include "jobs/stage.hpp"
#include "jobs/text_deletion.hpp"
#include "jobs/worker.hpp"
#include "metrics/metrics.hpp"
#include "search/audiences.hpp"
#include "search/leftovers.hpp"
#include "settings/settings.hpp"
#include "storage/storage.hpp"
#include "texts/text_store.hpp"
#include "trash/emptying.hpp"

namespace nassaq::app {

/// What a server and a worker have in common, built from the settings: the back ends and the work on jobs.
/// The database must have the current schema.
class Node {
public:
    Node(const settings::Settings& settings, db::Database& database, metrics::Metrics& metrics);

    /// Clears away what a killed process has left. To be called once, before anything is served.
    void recover();
    /// Starts the threads that carry messages and deletions and look for what was left behind.
    void start_upkeep(Background& background);
    /// Starts the workers of all stages.
    void start_workers(Background& background);
    /// Gives up waiting for others: what is asked of a storage over a network fails from now on, what is asked already
    /// within a second. To be called at the end, from any thread.
    void abandon() { abandoned_.request_stop(); }

    [[nodiscard]] db::Database& database() { return database_; }
    [[nodiscard]] Spool& spool() { return spool_; }
    [[nodiscard]] storage::Storage& storage() const { return *storage_; }
    [[nodiscard]] broker::Broker& broker() { return *broker_; }
    [[nodiscard]] texts::TextStore& texts() { return *texts_; }
    [[nodiscard]] const jobs::Stages& stages() const { return stages_; }
    [[nodiscard]] jobs::OutboxRelay& outbox() { return outbox_; }
    [[nodiscard]] jobs::EventFeed& events() { return events_; }
    [[nodiscard]] jobs::BlobDeletions& blob_deletions() { return blob_deletions_; }
    [[nodiscard]] files::PlaceFinder& place_finder() { return place_finder_; }
    [[nodiscard]] files::Upgrade& upgrade() { return upgrade_; }
    [[nodiscard]] handover::Steps& handover() { return handover_; }

private:
    std::unique_ptr<storage::Storage> open_observed_storage();
    void start_workers(Background& background, const jobs::Stage& stage);
    void add_metrics();

    const settings::Settings& settings_;
    db::Database& database_;
    metrics::Metrics& metrics_;
    std::atomic<std::uint64_t> storage_retries_ = 0;
    std::stop_source abandoned_;
    Spool spool_;
    std::unique_ptr<storage::Storage> storage_;
    std::unique_ptr<broker::Broker> broker_;
    std::unique_ptr<texts::TextStore> texts_;
    files::PlaceFinder place_finder_;
    files::Upgrade upgrade_;
    files::TakeOver take_over_;
    jobs::Stages stages_;
    jobs::OutboxRelay outbox_;
    jobs::BlobDeletions blob_deletions_;
    jobs::TextDeletions text_deletions_;
    jobs::EventFeed events_;
    jobs::Recovery recovery_;
    jobs::Janitor janitor_;
    jobs::BlobSweep blob_sweep_;
    jobs::SearchIndexing search_indexing_;
    search::Leftovers search_leftovers_;
    search::AudienceKeys audience_keys_;
    trash::Emptying emptying_;
    handover::Steps handover_;
    std::vector<std::unique_ptr<jobs::Worker>> workers_;
};

}  // namespace nassaq::app
