#include "jobs/blob_sweep.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "jobs/storage_audit.hpp"

namespace nassaq::jobs {
namespace {

constexpr std::chrono::minutes a_day = std::chrono::hours{24};
/// Of a storage that was not mounted all are missing. `nassaq doctor --storage` tells them all.
constexpr std::int64_t most_told = 100;

}  // namespace

BlobSweep::BlobSweep(db::Database& database, storage::Storage& storage, BlobDeletions& deletions,
                     std::chrono::minutes grace)
    : database_(database), storage_(storage), deletions_(deletions), grace_(grace) {}

void BlobSweep::step(const std::stop_token& stop) {
    const auto time = std::chrono::steady_clock::now();
    if (next_ && time < *next_) {
        return;
    }
    next_ = time + interval;  // When it fails, as while the storage is away.
    sweep(stop);
    next_ = time + std::clamp(grace_, interval, a_day);
}

void BlobSweep::sweep(const std::stop_token& stop) {
    Counts counts;
    const auto result =
        audit_storage(database_, storage_, now() - grace_,
                      {.on_orphan = [&](const storage::BlobProperties& blob) { handle_orphan(blob.name, counts); },
                       .on_doubtful = [&](const storage::BlobProperties& blob) { handle_doubtful(blob.name, counts); },
                       .on_missing =
                           [&](const files::PlacedFile& document) {
                               if (++counts.missing <= most_told) {
                                   log::error("the blob of a document is missing",
                                              {{"doc_id", document.doc_id}, {"blob_name", document.place}});
                               }
                           }},
                      stop);
    deletions_.notify();
    if (!result) {
        return;
    }
    doubtful_ = counts.doubtful;
    const std::size_t aborted = storage_.abort_unfinished(now() - a_day);
    log::info("the storage was compared with the documents", {{"documents", result->documents},
                                                              {"blobs", result->blobs},
                                                              {"given_up", counts.given_up},
                                                              {"doubtful", counts.doubtful},
                                                              {"of_other_programs", counts.foreign},
                                                              {"missing", counts.missing},
                                                              {"uploads_aborted", aborted}});
}

void BlobSweep::handle_orphan(const std::string& blob_name, Counts& counts) {
    if (!storage_.was_stored_here(blob_name)) {
        ++counts.foreign;
    } else if (deletions_.give_up_orphan(blob_name)) {
        ++counts.given_up;
        log::warning("a blob that no document has is removed", {{"blob_name", blob_name}});
    }
}

/// It stays, for a person to look at.
void BlobSweep::handle_doubtful(const std::string& blob_name, Counts& counts) {
    if (!storage_.was_stored_here(blob_name)) {
        ++counts.foreign;
    } else if (++counts.doubtful <= most_told) {
        log::warning("a blob that no document names may be a document's all the same; it stays",
                     {{"blob_name", blob_name}});
    }
}

}  // namespace nassaq::jobs
