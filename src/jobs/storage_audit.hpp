#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>

#include "base/clock.hpp"
#include "db/database.hpp"
#include "jobs/document_blobs.hpp"
#include "storage/storage.hpp"

namespace nassaq::jobs {

struct StorageAuditResult {
    std::uint64_t documents = 0;
    std::uint64_t blobs = 0;
};

/// What audit_storage() tells of.
struct StorageFindings {
    /// A blob that no document has.
    std::function<void(const storage::BlobProperties&)> on_orphan;
    /// A blob that no document names, but that may be a document's of the Python platform all the same: it has the
    /// document's file name, or its mongo_doc_id for a name. The platform renames paths, moves blobs to
    /// `domain/category/filename` in lower case, and stores by id.
    std::function<void(const storage::BlobProperties&)> on_doubtful;
    /// A document whose blob is not there.
    std::function<void(const DocumentBlob&)> on_missing;
};

/// Compares what the storage holds with what the database knows. Changes nothing. Takes about 9 bytes of memory a
/// document, and 16 more for one of the Python platform: names are compared by a 64-bit hash first, and what differs is
/// looked up once more before it is reported, so that what comes and goes meanwhile is not.
/// @param created_before  Of younger blobs none is reported: their documents may be about to be recorded.
/// @return nothing when `stop` was requested.
std::optional<StorageAuditResult> audit_storage(db::Database& database, storage::Storage& storage,
                                                Timestamp created_before, const StorageFindings& findings,
                                                const std::stop_token& stop = {});

}  // namespace nassaq::jobs
