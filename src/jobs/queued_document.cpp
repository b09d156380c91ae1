#include "jobs/queued_document.hpp"

#include <fmt/format.h>

#include "jobs/newest_row.hpp"

namespace nassaq::jobs {

std::string_view is_queued_for(const Stage& stage) {
    return stage.adopts ? "s.status = 'Queued'" : "s.status = 'Queued' AND s.attempts IS NOT NULL";
}

std::optional<QueuedDocument> find_queued_document(db::Session& session, std::string_view stage, std::int64_t doc_id) {
    return session.find<QueuedDocument>(
        fmt::format("{}s.doc_id = ? AND {}", select_queued_documents, is_newest_of_stage("s")), stage, doc_id);
}

JobMessage to_message(const QueuedDocument& document, std::string_view stage, const storage::Storage& storage) {
    const std::string derived =
        document.full_path == "/" ? document.filename : document.full_path + "/" + document.filename;
    return {.doc_id = document.doc_id,
            .file_path = storage.url(document.blob_name.value_or(derived)),
            .filename = document.filename,
            .user_id = document.user_id,
            .stage = std::string(stage)};
}

}  // namespace nassaq::jobs
