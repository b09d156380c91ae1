#include "jobs/queued_document.hpp"

#include <fmt/format.h>

#include "files/old_place.hpp"
#include "files/store.hpp"
#include "jobs/newest_row.hpp"

namespace nassaq::jobs {

std::string select_queued_documents(db::Dialect dialect) {
    return fmt::format(
        "SELECT d.doc_id, d.filename, d.uploaded_by_user_id, {}, COALESCE(s.attempts, 0) "
        "FROM Processing_Status s JOIN Documents d ON d.doc_id = s.doc_id "
        "JOIN Virtual_Paths p ON p.path_id = d.path_id {} WHERE s.stage_name = CAST(? AS VARCHAR(50)) AND ",
        files::current_place(dialect), files::joined_with_current);
}

std::string_view is_queued_for(const Stage& stage) {
    return stage.adopts ? "s.status = 'Queued'" : "s.status = 'Queued' AND s.attempts IS NOT NULL";
}

std::optional<QueuedDocument> find_queued_document(db::Session& session, std::string_view stage, std::int64_t doc_id) {
    return session.find<QueuedDocument>(
        fmt::format("{}s.doc_id = ? AND {}", select_queued_documents(session.dialect()), is_newest_of_stage("s")),
        stage, doc_id);
}

std::optional<QueuedDocument> find_waiting_document(db::Session& session, const Stage& stage, std::int64_t doc_id) {
    return session.find<QueuedDocument>(
        fmt::format("{}s.doc_id = ? AND {} AND {}", select_queued_documents(session.dialect()), is_queued_for(stage),
                    is_newest_of_stage("s")),
        stage.name, doc_id);
}

JobMessage to_message(const QueuedDocument& document, std::string_view stage, const storage::Storage& storage) {
    return {.doc_id = document.doc_id,
            .file_path = storage.url(document.place),
            .filename = document.filename,
            .user_id = document.user_id,
            .stage = std::string(stage)};
}

}  // namespace nassaq::jobs
