#include "documents/store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include "db/dialect.hpp"
#include "files/old_place.hpp"
#include "files/store.hpp"
#include "jobs/newest_row.hpp"
#include "jobs/stage.hpp"
#include "ocr/reason.hpp"
#include "search/indexing.hpp"
#include "usage/counting.hpp"

namespace nassaq::documents {
namespace {

/// DocumentDetails without its stages.
struct DetailsRow {
    std::string filename;
    std::string path;
    std::int64_t uploaded_by_user_id = 0;
    Timestamp uploaded_at;
    std::optional<std::string> status;
    std::optional<std::string> error_message;
    std::optional<std::string> description;
    std::optional<std::string> content_type;
    std::optional<std::int64_t> size;
    std::optional<std::string> sha256;
    std::optional<std::string> file_type;
    std::optional<Timestamp> updated_at;
    std::optional<std::int64_t> page_count;
    std::optional<std::int64_t> word_count;
    std::optional<std::string> primary_language;
    std::optional<double> average_confidence;
    std::optional<std::int64_t> pages_done;
    std::optional<std::int64_t> pages;
    std::optional<Timestamp> file_modified_at;
    std::optional<std::int64_t> later_version;
};
BOOST_DESCRIBE_STRUCT(DetailsRow, (),
                      (filename, path, uploaded_by_user_id, uploaded_at, status, error_message, description,
                       content_type, size, sha256, file_type, updated_at, page_count, word_count, primary_language,
                       average_confidence, pages_done, pages, file_modified_at, later_version))

std::string select_document(db::Dialect dialect) {
    return fmt::format(
        "SELECT d.doc_id, d.filename, d.uploaded_by_user_id, COALESCE(f.created_at, d.uploaded_at), d.file_size, "
        "d.content_type, d.sha256, {}, COALESCE(f.version, 1), p.full_path, s.status "
        "FROM Documents d JOIN Virtual_Paths p ON p.path_id = d.path_id {} "
        "LEFT JOIN Processing_Status s ON s.status_id = {} WHERE d.doc_id = ?",
        files::current_place(dialect), files::joined_with_current, jobs::newest_of_ocr("d.doc_id"));
}

struct StageRow {
    std::string stage_name;
    std::string status;
    Timestamp start_time;
    std::optional<Timestamp> end_time;
    std::optional<std::string> error_message;
};
BOOST_DESCRIBE_STRUCT(StageRow, (), (stage_name, status, start_time, end_time, error_message))

Stage to_stage(StageRow row) {
    auto error_code = error_code_of(row.error_message);
    return {.stage_name = std::move(row.stage_name),
            .status = std::move(row.status),
            .start_time = row.start_time,
            .end_time = row.end_time,
            .error_message = std::move(row.error_message),
            .error_code = std::move(error_code)};
}

struct LockedStage {
    std::int64_t status_id = 0;
    std::string stage_name;
    std::string status;
};
BOOST_DESCRIBE_STRUCT(LockedStage, (), (status_id, stage_name, status))

/// Of the stages' rows in the order of their ids: each name where it stands first, with what its last row says.
template <class Row>
std::vector<Row> keep_newest(std::vector<Row> rows) {
    std::vector<Row> stages;
    for (Row& row : rows) {
        const auto same = std::ranges::find(stages, row.stage_name, &Row::stage_name);
        if (same == stages.end()) {
            stages.push_back(std::move(row));
        } else {
            *same = std::move(row);
        }
    }
    return stages;
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

std::optional<Surroundings> find_surroundings(db::Session& session, const NewDocument& document,
                                              const std::string& full_path) {
    return session.find<Surroundings>(
        fmt::format(
            "SELECT p.path_id, (SELECT n.doc_id FROM Documents n WHERE n.filename = ? AND n.path_id = p.path_id), "
            "d.doc_id, f.place FROM Virtual_Paths p LEFT JOIN Documents d ON d.doc_id = (SELECT MIN(c.doc_id) "
            "FROM Documents c WHERE c.uploaded_by_user_id = ? AND c.sha256 = CAST(? AS VARCHAR(64))) {} "
            "WHERE p.full_path = ?",
            files::joined_with_current),
        document.filename, document.uploaded_by_user_id, document.sha256, full_path);
}

std::expected<std::int64_t, PlaceError> insert_document(db::Session& session, const NewDocument& document) {
    const Timestamp time = now();
    try {
        return session.insert(
            "Documents", "doc_id",
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
             {"file_modified_at", document.file_modified_at},
             {"blob_name", document.place}},
            {{.table = "Document_Files",
              .values = {{"kind", files::original},
                         {"version", 1},
                         {"place", document.place},
                         {"file_size", document.size},
                         {"sha256", document.sha256},
                         {"content_type", document.content_type},
                         {"created_at", time},
                         {"created_by_user_id", document.uploaded_by_user_id}}},
             {.table = "Processing_Status",
              .values = {{"stage_name", jobs::ocr_stage}, {"status", "Queued"}, {"start_time", time}}}});
    } catch (const db::Error& error) {
        return std::unexpected(place_error(error));
    }
}

std::expected<void, PlaceError> update_document(db::Session& session, std::int64_t doc_id,
                                                const DocumentChanges& changes) {
    try {
        session.execute(
            "UPDATE Documents SET filename = ?, file_type = ?, path_id = ?, "
            "description = CASE WHEN ? = 1 THEN ? ELSE description END, updated_at = ? WHERE doc_id = ?",
            changes.filename, changes.file_type, changes.path_id, changes.description.present ? 1 : 0,
            changes.description.value, now(), doc_id);
        return {};
    } catch (const db::Error& error) {
        return std::unexpected(place_error(error));
    }
}

std::optional<StoredDocument> find_document(db::Session& session, std::int64_t doc_id) {
    return session.find<StoredDocument>(select_document(session.dialect()), doc_id);
}

std::optional<std::string> bare_extension(std::optional<std::string> file_type) {
    if (file_type && file_type->starts_with('.')) {
        file_type->erase(0, 1);
    }
    return file_type;
}

std::optional<std::string> error_code_of(const std::optional<std::string>& error_message) {
    const auto code = error_message ? ocr::code_of_reason(*error_message) : std::nullopt;
    return code ? std::optional(std::string(*code)) : std::nullopt;
}

std::vector<Stage> find_stages(db::Session& session, std::int64_t doc_id) {
    auto rows = keep_newest(session.query<StageRow>(
        "SELECT stage_name, status, start_time, end_time, error_message FROM Processing_Status WHERE doc_id = ? "
        "ORDER BY status_id",
        doc_id));
    std::vector<Stage> stages;
    std::ranges::transform(rows, std::back_inserter(stages), [](StageRow& row) { return to_stage(std::move(row)); });
    return stages;
}

bool lock_unless_processing(db::Session& transaction, std::int64_t doc_id) {
    // A worker claims by changing the status: it waits for this, and then finds no row.
    auto rows = transaction.query<LockedStage>(
        db::update_returning(transaction.dialect(), "Processing_Status", "status = status", "doc_id = ?",
                             {"status_id", "stage_name", "status"}),
        doc_id);
    std::ranges::sort(rows, {}, &LockedStage::status_id);
    const auto stages = keep_newest(std::move(rows));
    return std::ranges::find(stages, "Processing", &LockedStage::status) == stages.end();
}

std::optional<DocumentStatus> find_status(db::Session& session, const StoredDocument& document,
                                          std::string_view stage_name) {
    auto stages = find_stages(session, document.doc_id);
    const auto stage = std::ranges::find(stages, stage_name, &Stage::stage_name);
    if (stage == stages.end()) {
        return std::nullopt;
    }
    DocumentStatus status{.doc_id = document.doc_id,
                          .filename = document.filename,
                          .stage_name = stage->stage_name,
                          .status = stage->status,
                          .start_time = stage->start_time,
                          .end_time = stage->end_time,
                          .error_message = stage->error_message,
                          .stages = {},
                          .error_code = stage->error_code};
    status.stages = std::move(stages);
    return status;
}

std::optional<DocumentDetails> find_details(db::Session& session, std::int64_t doc_id) {
    auto row = session.find<DetailsRow>(
        "SELECT d.filename, p.full_path, d.uploaded_by_user_id, d.uploaded_at, s.status, s.error_message, "
        "d.description, d.content_type, d.file_size, d.sha256, d.file_type, d.updated_at, r.page_count, r.word_count, "
        "r.primary_language, r.avg_confidence, CASE WHEN s.status = 'Processing' THEN s.pages_done END, "
        "CASE WHEN s.status = 'Processing' THEN s.pages END, d.file_modified_at, "
        "CASE WHEN f.version > 1 THEN f.version END FROM Documents d JOIN Virtual_Paths p ON p.path_id = d.path_id " +
            std::string(files::joined_with_current) +
            " LEFT JOIN Processing_Status s ON s.status_id = " + jobs::newest_of_ocr("d.doc_id") +
            " LEFT JOIN Ocr_Results r ON r.result_id = " + jobs::newest_result("d.doc_id") + " WHERE d.doc_id = ?",
        doc_id);
    if (!row) {
        return std::nullopt;
    }
    auto error_code = error_code_of(row->error_message);
    DocumentDetails details{.doc_id = doc_id,
                            .filename = std::move(row->filename),
                            .path = std::move(row->path),
                            .uploaded_by_user_id = row->uploaded_by_user_id,
                            .uploaded_at = row->uploaded_at,
                            .status = std::move(row->status),
                            .error_message = std::move(row->error_message),
                            .description = std::move(row->description),
                            .ctype = std::move(row->content_type),
                            .size = row->size,
                            .sha256 = std::move(row->sha256),
                            .file_type = bare_extension(std::move(row->file_type)),
                            .updated_at = row->updated_at,
                            .page_count = row->page_count,
                            .word_count = row->word_count,
                            .primary_language = std::move(row->primary_language),
                            .avg_confidence = row->average_confidence,
                            .pages_done = row->pages_done,
                            .pages = row->pages,
                            .stages = {},
                            .error_code = std::move(error_code),
                            .file_modified_at = row->file_modified_at,
                            .version = row->later_version};
    details.stages = find_stages(session, doc_id);
    return details;
}

std::optional<OcrResult> find_ocr_result(db::Session& session, std::int64_t doc_id) {
    return session.find<OcrResult>(
        "SELECT page_count, word_count, avg_confidence, primary_language FROM Ocr_Results WHERE doc_id = ? "
        "ORDER BY result_id DESC",
        doc_id);
}

}  // namespace nassaq::documents
