#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "db/database.hpp"
#include "storage/storage.hpp"

/// Jobs that are not tried again: documents whose stage OCR is Failed. For an operator's commands.
namespace nassaq::jobs {

struct DeadJob {
    std::int64_t doc_id = 0;
    std::string filename;
    std::int64_t attempts = 0;
    std::optional<Timestamp> failed_at;
    std::string reason;
};

/// All of them, in the order of their ids, without keeping them. @throws db::Error
void visit_dead_jobs(db::Database& database, const std::function<void(const DeadJob&)>& visit);

/// Failed -> Queued, with a new message. @param storage  Tells the URL that the message needs.
/// @return false when the document is not Failed. @throws db::Error
bool retry_dead_job(db::Database& database, const storage::Storage& storage, std::string_view queue,
                    std::int64_t doc_id);

}  // namespace nassaq::jobs
