#pragma once

#include <cstdint>
#include <vector>

#include "broker/broker.hpp"
#include "db/database.hpp"
#include "jobs/stage.hpp"
#include "storage/storage.hpp"

/// `nassaq jobs list|retry|purge|start`: what they do, apart from the command line. Everything throws as its parts do.
namespace nassaq::app {

/// Prints a line for each dead job of a stage: id, attempts, time, name and reason, with tabs between, and how many
/// messages the dead queue holds.
void list_jobs(db::Database& database, broker::Broker& broker, const jobs::Stage& stage);

struct RetryResult {
    std::uint64_t retried = 0;
    std::vector<std::int64_t> not_dead;  ///< Of those that were named.
};

/// Queues dead jobs of a stage again: those named, or all when none is.
RetryResult retry_jobs(db::Database& database, const storage::Storage& storage, const jobs::Stage& stage,
                       const std::vector<std::int64_t>& doc_ids);

}  // namespace nassaq::app
