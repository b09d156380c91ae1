#pragma once

#include <cstdint>
#include <functional>

#include "base/clock.hpp"
#include "db/database.hpp"
#include "jobs/document_blobs.hpp"
#include "storage/storage.hpp"

namespace nassaq::jobs {

struct StorageAuditResult {
    std::uint64_t documents = 0;
    std::uint64_t blobs = 0;
};

/// Compares what the storage holds with what the database knows. Changes nothing. Takes about 9 bytes of memory a
/// document: names are compared by a 64-bit hash first, and what differs is looked up once more before it is reported,
/// so that what comes and goes meanwhile is not.
/// @param created_before  Of younger blobs none is reported: their documents may be about to be recorded.
/// @param on_orphan       a blob that no document has
/// @param on_missing      a document whose blob is not there
StorageAuditResult audit_storage(db::Database& database, storage::Storage& storage, Timestamp created_before,
                                 const std::function<void(const storage::BlobProperties&)>& on_orphan,
                                 const std::function<void(const DocumentBlob&)>& on_missing);

}  // namespace nassaq::jobs
