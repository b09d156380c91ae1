#pragma once

#include <chrono>
#include <cstddef>
#include <stop_token>

#include "base/spool.hpp"
#include "db/database.hpp"
#include "jobs/blob_deletion.hpp"
#include "storage/storage.hpp"

namespace nassaq::jobs {

/// Clears away what processes that died have left, and what has run out: spool files with the blobs that became of them
/// when no document did, sessions, events, idempotency keys, old rows of the audit log. To be stepped once before
/// serving, so that no name is taken by the blob of an upload that was never answered, and then every minute, by one
/// thread.
class Janitor {
public:
    static constexpr std::chrono::minutes interval{1};

    /// @param log_retention  How long rows of Logs are kept; 0 = for ever.
    Janitor(db::Database& database, storage::Storage& storage, Spool& spool, std::chrono::days log_retention);

    /// What cannot be cleared away now is logged and tried again in the next step. Ends early when `stop` is requested.
    /// @return how many things were removed. @throws db::Error
    std::size_t step(const std::stop_token& stop = {});

private:
    std::size_t remove_leftovers(const std::stop_token& stop);
    void remove_leftover(const SpoolLeftover& leftover);
    std::size_t remove_expired_sessions();
    std::size_t remove_old_idempotency_keys();

    db::Database& database_;
    storage::Storage& storage_;
    Spool& spool_;
    std::chrono::days log_retention_;
    BlobDeletions deletions_;
};

}  // namespace nassaq::jobs
