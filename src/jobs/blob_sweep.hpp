#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>

#include "jobs/blob_deletion.hpp"

namespace nassaq::jobs {

/// Looks through the whole storage once in a while: gives up blobs that Nassaq has stored and no document has, once
/// they are older than the time of grace, and reports documents whose blob is missing. This is for what the notes in
/// the spool folder cannot tell, because the folder was lost or the service was away (docs/decisions/0003). Of what
/// other programs keep in the same container nothing is touched, nor what may be a document's after all
/// (docs/decisions/0069).
class BlobSweep {
public:
    static constexpr std::chrono::minutes interval{1};

    BlobSweep(db::Database& database, storage::Storage& storage, BlobDeletions& deletions, std::chrono::minutes grace);

    /// Sweeps when it is time: at first, and then every time of grace, at least every day. Until `stop` is requested.
    void step(const std::stop_token& stop = {});
    /// Blobs that the last sweep has left because it was not certain that they are no document's.
    [[nodiscard]] std::int64_t doubtful() const { return doubtful_; }

private:
    struct Counts {
        std::int64_t doubtful = 0;
        std::int64_t given_up = 0;
        std::int64_t foreign = 0;
        std::int64_t missing = 0;
    };
    void sweep(const std::stop_token& stop);
    void handle_orphan(const std::string& blob_name, Counts& counts);
    void handle_doubtful(const std::string& blob_name, Counts& counts);

    db::Database& database_;
    storage::Storage& storage_;
    BlobDeletions& deletions_;
    std::chrono::minutes grace_;
    std::optional<std::chrono::steady_clock::time_point> next_;
    std::atomic<std::int64_t> doubtful_ = 0;
};

}  // namespace nassaq::jobs
