#include "jobs/queued_document.hpp"

#include "jobs/newest_row.hpp"

namespace nassaq::jobs {

std::optional<QueuedDocument> find_queued_document(db::Session& session, std::int64_t doc_id) {
    return session.find<QueuedDocument>(
        "SELECT d.doc_id, d.filename, d.uploaded_by_user_id, d.blob_name, p.full_path, COALESCE(s.attempts, 0) "
        "FROM Processing_Status s JOIN Documents d ON d.doc_id = s.doc_id "
        "JOIN Virtual_Paths p ON p.path_id = d.path_id WHERE s.doc_id = ? AND s.stage_name = 'OCR' AND " +
            is_newest_of_stage("s"),
        doc_id);
}

OcrMessage to_message(const QueuedDocument& document, const storage::Storage& storage) {
    const std::string derived =
        document.full_path == "/" ? document.filename : document.full_path + "/" + document.filename;
    return {.doc_id = document.doc_id,
            .file_path = storage.url(document.blob_name.value_or(derived)),
            .filename = document.filename,
            .user_id = document.user_id};
}

}  // namespace nassaq::jobs
