#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "db/database.hpp"
#include "jobs/stage.hpp"
#include "storage/storage.hpp"

/// Jobs that nobody works on by himself: documents of which a stage is Failed, and those that others have queued for a
/// stage without a message. For an operator's commands.
namespace nassaq::jobs {

struct DeadJob {
    std::int64_t doc_id = 0;
    std::string filename;
    std::int64_t attempts = 0;
    std::optional<Timestamp> failed_at;
    std::string reason;
};

/// All of a stage, in the order of their ids, without keeping them. @throws db::Error
void visit_dead_jobs(db::Database& database, const Stage& stage, const std::function<void(const DeadJob&)>& visit);

/// Failed -> Queued, with a new message. @param storage  Tells the URL that the message needs.
/// @return false when the document is not Failed. @throws db::Error
bool retry_dead_job(db::Database& database, const storage::Storage& storage, const Stage& stage, std::int64_t doc_id);

/// Begins what others have queued for a stage, as the platform does for stages that it never works on. These jobs come
/// behind those of all users. May be stopped at any time, and goes on where it was. @return how many. @throws db::Error
std::uint64_t begin_stale_jobs(db::Database& database, const storage::Storage& storage, const Stage& stage);

}  // namespace nassaq::jobs
