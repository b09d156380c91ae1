#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "db/session.hpp"
#include "jobs/message.hpp"
#include "storage/storage.hpp"

namespace nassaq::jobs {

/// What the message of a document is made of, once more.
struct QueuedDocument {
    std::int64_t doc_id = 0;
    std::string filename;
    std::int64_t user_id = 0;
    std::optional<std::string> blob_name;  ///< A row of the Python platform does not name its blob.
    std::string full_path;
    std::int64_t attempts = 0;
};
BOOST_DESCRIBE_STRUCT(QueuedDocument, (), (doc_id, filename, user_id, blob_name, full_path, attempts))

/// @return nothing when there is no such document, or none with a stage OCR.
std::optional<QueuedDocument> find_queued_document(db::Session& session, std::int64_t doc_id);

/// The message that the upload has written.
OcrMessage to_message(const QueuedDocument& document, const storage::Storage& storage);

}  // namespace nassaq::jobs
