#pragma once

#include <chrono>
#include <cstddef>

#include "db/database.hpp"

namespace nassaq::jobs {

/// Removes rows of Logs that are older than `kept`, oldest first, in transactions so small that nobody waits for them.
/// @param kept  0 = for ever. @return how many; there may be more. @throws db::Error
std::size_t remove_old_log_entries(db::Database& database, std::chrono::days kept);

/// Removes what was kept only so that an hour's second reading of a document is not written down (audit/reading_log).
/// @return how many; there may be more. @throws db::Error
std::size_t remove_old_reads(db::Database& database);

}  // namespace nassaq::jobs
