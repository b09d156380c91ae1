#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "broker/broker.hpp"
#include "db/database.hpp"
#include "settings/settings.hpp"
#include "storage/storage.hpp"

/// `nassaq jobs list|retry|purge`: what they do, apart from the command line. Everything throws as its parts do.
namespace nassaq::app {

/// Prints a line for each dead job: id, attempts, time, name and reason, with tabs between, and how many messages the
/// dead queue holds.
void list_jobs(db::Database& database, broker::Broker& broker, const std::string& queue);

struct RetryResult {
    std::uint64_t retried = 0;
    std::vector<std::int64_t> not_dead;  ///< Of those that were named.
};

/// Queues dead jobs again: those named, or all when none is.
RetryResult retry_jobs(db::Database& database, const storage::Storage& storage, const std::string& queue,
                       const std::vector<std::int64_t>& doc_ids);

}  // namespace nassaq::app
