#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "db/session.hpp"
#include "jobs/message.hpp"
#include "jobs/stage.hpp"
#include "storage/storage.hpp"

namespace nassaq::jobs {

/// A document and its row of a stage: what the message of a job is made of, once more.
struct QueuedDocument {
    std::int64_t doc_id = 0;
    std::string filename;
    std::int64_t user_id = 0;
    std::optional<std::string> blob_name;  ///< A row of the Python platform does not name its blob.
    std::string full_path;
    std::int64_t attempts = 0;
};
BOOST_DESCRIBE_STRUCT(QueuedDocument, (), (doc_id, filename, user_id, blob_name, full_path, attempts))

/// The beginning of a statement that finds such documents. Its condition follows, on `s`, the row of the stage, whose
/// name is the first of its values.
inline constexpr std::string_view select_queued_documents =
    "SELECT d.doc_id, d.filename, d.uploaded_by_user_id, d.blob_name, p.full_path, COALESCE(s.attempts, 0) "
    "FROM Processing_Status s JOIN Documents d ON d.doc_id = s.doc_id "
    "JOIN Virtual_Paths p ON p.path_id = d.path_id WHERE s.stage_name = CAST(? AS VARCHAR(50)) AND ";

/// A condition on `s`: it waits for the stage. What others have queued counts only where the stage adopts it.
std::string_view is_queued_for(const Stage& stage);

/// @return nothing when there is no such document, or it has never been queued for this stage.
std::optional<QueuedDocument> find_queued_document(db::Session& session, std::string_view stage, std::int64_t doc_id);

/// The message that whoever queued it for the stage has written.
JobMessage to_message(const QueuedDocument& document, std::string_view stage, const storage::Storage& storage);

}  // namespace nassaq::jobs
