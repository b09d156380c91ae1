#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "base/clock.hpp"
#include "db/database.hpp"
#include "files/places.hpp"
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
    /// A blob that no document names, but that may be a document's all the same: it has the file name or the
    /// mongo_doc_id of one of the Python platform, or of one whose own blob is not there, or the bytes of such a one
    /// (where no checksum is known, as many). The platform renames paths, moves blobs to `domain/category/filename` in
    /// lower case, whoever has stored them, and stores by id.
    std::function<void(const storage::BlobProperties&)> on_doubtful;
    /// A document whose blob is not there. Of blobs in the second container (storage/second_container.hpp) none is.
    std::function<void(const files::PlacedFile&)> on_missing;
};

/// Compares what the storage holds with what the database knows. Changes nothing. Takes about 9 bytes of memory a
/// document; where there are blobs that no document names, 32 more for each of the Python platform or whose blob is not
/// there. Names are compared by a 64-bit hash first, and what differs is looked up once more before it is reported, so
/// that what comes and goes meanwhile is not.
/// @param created_before  Of younger blobs none is reported: their documents may be about to be recorded.
/// @return nothing when `stop` was requested.
std::optional<StorageAuditResult> audit_storage(db::Database& database, storage::Storage& storage,
                                                Timestamp created_before, const StorageFindings& findings,
                                                const std::stop_token& stop = {});

/// The checksum of a blob, all of which is read. @return nothing when there is no such blob, or `stop` was requested.
std::optional<std::string> sha256_of(storage::Storage& storage, const storage::BlobProperties& blob,
                                     const std::stop_token& stop = {});

}  // namespace nassaq::jobs
