#include "documents/store.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "search/indexing.hpp"
#include "usage/counting.hpp"

namespace nassaq::documents {
namespace {

/// What DocumentDetails has beyond a stored document.
struct FileRow {
    std::optional<std::string> description;
    std::optional<std::string> content_type;
    std::optional<std::int64_t> size;
    std::optional<std::string> sha256;
    std::optional<std::string> file_type;
    std::optional<Timestamp> updated_at;
};
BOOST_DESCRIBE_STRUCT(FileRow, (), (description, content_type, size, sha256, file_type, updated_at))

struct ProgressRow {
    std::optional<std::int64_t> pages_done;
    std::optional<std::int64_t> pages;
};
BOOST_DESCRIBE_STRUCT(ProgressRow, (), (pages_done, pages))

constexpr std::string_view select_document =
    "SELECT d.doc_id, d.filename, d.uploaded_by_user_id, d.uploaded_at, d.file_size, d.content_type, d.sha256, "
    "d.blob_name, p.full_path, s.status "
    "FROM Documents d JOIN Virtual_Paths p ON p.path_id = d.path_id "
    "LEFT JOIN Processing_Status s ON s.status_id = (SELECT MAX(n.status_id + 0) FROM Processing_Status n "
    "WHERE n.doc_id = d.doc_id AND n.stage_name = 'OCR') WHERE d.doc_id = ?";

/// Of the stages' rows in the order of their ids: each name where it stands first, with what its last row says.
std::vector<Stage> keep_newest(std::vector<Stage> rows) {
    std::vector<Stage> stages;
    for (Stage& row : rows) {
        const auto same = std::ranges::find(stages, row.stage_name, &Stage::stage_name);
        if (same == stages.end()) {
            stages.push_back(std::move(row));
        } else {
            *same = std::move(row);
        }
    }
    return stages;
}

/// What the platform keeps of documents beside our tables (docs/platform.md, 3).
bool is_known_platform_table(std::string_view name) {
    return db::is_same_table(name, "Rag_Ingest");
}

/// To be called while `error` is being handled: what is not the caller's to handle goes on up.
PlaceError place_error(const db::Error& error) {
    switch (error.kind()) {
        case db::ErrorKind::unique_violation:
            return PlaceError::already_exists;
        case db::ErrorKind::foreign_key_violation:
            return PlaceError::no_such_path;
        default:
            throw;
    }
}

}  // namespace

bool document_exists(db::Session& session, const std::string& filename, std::int64_t path_id) {
    return session
        .find<std::int64_t>("SELECT doc_id FROM Documents WHERE filename = ? AND path_id = ?", filename, path_id)
        .has_value();
}

std::optional<SameContent> find_same_content(db::Session& session, std::int64_t user_id, const std::string& sha256) {
    auto found = session.query_page<SameContent>(
        "SELECT doc_id, blob_name FROM Documents WHERE uploaded_by_user_id = ? AND sha256 = CAST(? AS VARCHAR(64)) "
        "ORDER BY doc_id",
        {.limit = 1}, user_id, sha256);
    return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

std::expected<std::int64_t, PlaceError> insert_document(db::Session& session, const NewDocument& document) {
    const Timestamp time = now();
    try {
        const std::int64_t doc_id = session.insert("Documents", "doc_id",
                                                   {{"filename", document.filename},
                                                    {"path_id", document.path_id},
                                                    {"uploaded_by_user_id", document.uploaded_by_user_id},
                                                    {"mongo_doc_id", "pending"},
                                                    {"uploaded_at", time},
                                                    {"file_size", document.size},
                                                    {"content_type", document.content_type},
                                                    {"file_type", document.file_type},
                                                    {"description", document.description},
                                                    {"sha256", document.sha256},
                                                    {"blob_name", document.blob_name}});
        session.insert("Processing_Status", "status_id",
                       {{"doc_id", doc_id}, {"stage_name", ocr_stage}, {"status", "Queued"}, {"start_time", time}});
        return doc_id;
    } catch (const db::Error& error) {
        return std::unexpected(place_error(error));
    }
}

std::expected<void, PlaceError> update_document(db::Session& session, std::int64_t doc_id,
                                                const DocumentChanges& changes) {
    try {
        session.execute(
            "UPDATE Documents SET filename = ?, file_type = ?, path_id = ?, blob_name = ?, "
            "description = CASE WHEN ? = 1 THEN ? ELSE description END, updated_at = ? WHERE doc_id = ?",
            changes.filename, changes.file_type, changes.path_id, changes.blob_name,
            changes.description.present ? 1 : 0, changes.description.value, now(), doc_id);
        return {};
    } catch (const db::Error& error) {
        return std::unexpected(place_error(error));
    }
}

std::optional<StoredDocument> find_document(db::Session& session, std::int64_t doc_id) {
    return session.find<StoredDocument>(select_document, doc_id);
}

std::optional<std::string> bare_extension(std::optional<std::string> file_type) {
    if (file_type && file_type->starts_with('.')) {
        file_type->erase(0, 1);
    }
    return file_type;
}

std::vector<Stage> find_stages(db::Session& session, std::int64_t doc_id) {
    return keep_newest(session.query<Stage>(
        "SELECT stage_name, status, start_time, end_time, error_message FROM Processing_Status WHERE doc_id = ? "
        "ORDER BY status_id",
        doc_id));
}

std::vector<Stage> lock_stages(db::Session& transaction, std::int64_t doc_id) {
    // A worker claims by changing the status: it waits for this, and then finds no row.
    transaction.execute("UPDATE Processing_Status SET status = status WHERE doc_id = ?", doc_id);
    return find_stages(transaction, doc_id);
}

std::optional<DocumentStatus> find_status(db::Session& session, std::int64_t doc_id) {
    auto filename = session.find<std::string>("SELECT filename FROM Documents WHERE doc_id = ?", doc_id);
    auto stages = find_stages(session, doc_id);
    const auto ocr = std::ranges::find(stages, ocr_stage, &Stage::stage_name);
    if (!filename || ocr == stages.end()) {
        return std::nullopt;
    }
    DocumentStatus status{.doc_id = doc_id,
                          .filename = std::move(*filename),
                          .stage_name = ocr->stage_name,
                          .status = ocr->status,
                          .start_time = ocr->start_time,
                          .end_time = ocr->end_time,
                          .error_message = ocr->error_message,
                          .stages = {}};
    status.stages = std::move(stages);
    return status;
}

std::optional<DocumentDetails> find_details(db::Session& session, std::int64_t doc_id) {
    const auto document = find_document(session, doc_id);
    const auto file = session.find<FileRow>(
        "SELECT description, content_type, file_size, sha256, file_type, updated_at FROM Documents WHERE doc_id = ?",
        doc_id);
    if (!document || !file) {
        return std::nullopt;
    }
    DocumentDetails details{.doc_id = doc_id,
                            .filename = document->filename,
                            .path = document->full_path,
                            .uploaded_by_user_id = document->uploaded_by_user_id,
                            .uploaded_at = document->uploaded_at,
                            .status = document->status,
                            .error_message = {},
                            .description = file->description,
                            .ctype = file->content_type,
                            .size = file->size,
                            .sha256 = file->sha256,
                            .file_type = bare_extension(file->file_type),
                            .updated_at = file->updated_at};
    details.stages = find_stages(session, doc_id);
    const auto ocr = std::ranges::find(details.stages, ocr_stage, &Stage::stage_name);
    if (ocr != details.stages.end()) {
        details.error_message = ocr->error_message;
    }
    if (const auto result = find_ocr_result(session, doc_id)) {
        details.page_count = result->page_count;
        details.word_count = result->word_count;
        details.primary_language = result->primary_language;
        details.avg_confidence = result->avg_confidence;
    }
    if (const auto progress = session.find<ProgressRow>(
            "SELECT pages_done, pages FROM Processing_Status WHERE doc_id = ? AND stage_name = 'OCR' "
            "AND status = 'Processing'",
            doc_id)) {
        details.pages_done = progress->pages_done;
        details.pages = progress->pages;
    }
    return details;
}

std::optional<OcrResult> find_ocr_result(db::Session& session, std::int64_t doc_id) {
    return session.find<OcrResult>(
        "SELECT page_count, word_count, avg_confidence, primary_language FROM Ocr_Results WHERE doc_id = ? "
        "ORDER BY result_id DESC",
        doc_id);
}

void remove_document(db::Session& session, std::int64_t doc_id, const db::ForeignKeyList& foreign_keys) {
    usage::remove_document(session, doc_id);
    search::remove_document(session, doc_id);
    for (const db::ForeignKey& key : foreign_keys) {
        if (is_known_platform_table(key.table) && db::is_same_table(key.referenced_table, "Documents")) {
            session.execute(key.delete_statement, doc_id);
        }
    }
    session.execute("DELETE FROM Outbox WHERE doc_id = ?", doc_id);
    session.execute("DELETE FROM Ocr_Results WHERE doc_id = ?", doc_id);
    session.execute("DELETE FROM Processing_Status WHERE doc_id = ?", doc_id);
    session.execute("DELETE FROM Documents WHERE doc_id = ?", doc_id);
}

}  // namespace nassaq::documents
