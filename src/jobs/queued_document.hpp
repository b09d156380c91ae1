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
    std::string place;  ///< Of its current file.
    std::int64_t attempts = 0;
};
BOOST_DESCRIBE_STRUCT(QueuedDocument, (), (doc_id, filename, user_id, place, attempts))

/// The beginning of a statement that finds such documents. Its condition follows, on `s`, the row of the stage, whose
/// name is the first of its values.
std::string select_queued_documents(db::Dialect dialect);

/// A condition on `s`: it waits for the stage. What others have queued counts only where the stage adopts it.
std::string_view is_queued_for(const Stage& stage);

/// @return nothing when there is no such document, or it has never been queued for this stage.
std::optional<QueuedDocument> find_queued_document(db::Session& session, std::string_view stage, std::int64_t doc_id);

/// The same of one that waits for the stage.
std::optional<QueuedDocument> find_waiting_document(db::Session& session, const Stage& stage, std::int64_t doc_id);

/// The message that whoever queued it for the stage has written.
JobMessage to_message(const QueuedDocument& document, std::string_view stage, const storage::Storage& storage);

}  // namespace nassaq::jobs
