#include "trash/store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "db/error.hpp"
#include "search/indexing.hpp"
#include "storage/second_container.hpp"
#include "usage/counting.hpp"

namespace nassaq::trash {
namespace {

/// Rows that hang on a document, and where they lie in the trash.
struct Moved {
    std::string_view table;
    std::string_view trash;
    std::string_view key;  ///< Which the trash keeps for their order alone; empty: none.
    std::string_view columns;
};

constexpr std::array moved{
    Moved{.table = "Document_Files",
          .trash = "Trashed_Files",
          .key = "",
          .columns = "kind, version, part, place, file_size, sha256, content_type, created_at, created_by_user_id, "
                     "restored_from, superseded_user_id"},
    Moved{.table = "Processing_Status",
          .trash = "Trashed_Status",
          .key = "status_id",
          .columns = "stage_name, status, start_time, end_time, error_message, attempts"},
    Moved{.table = "Ocr_Results",
          .trash = "Trashed_Results",
          .key = "result_id",
          .columns = "page_count, word_count, avg_confidence, primary_language, domain, category, "
                     "classification_confidence, cost_usd_ocr, cost_usd_classification, processed_at"},
};

/// What the platform keeps of documents beside our tables, where somebody has made it (docs/platform.md, 3).
constexpr Moved ingests{.table = "Rag_Ingest",
                        .trash = "Trashed_Ingests",
                        .key = "ingest_id",
                        .columns = "status, chunks_count, total_tokens, ingested_at, error_message"};

constexpr std::string_view document_columns =
    "uploaded_by_user_id, mongo_doc_id, uploaded_at, updated_at, file_size, content_type, file_type, description, "
    "sha256, file_modified_at";

/// The table as it was made, quoted: "FROM table WHERE column = ?" without all but the table.
std::string quoted_table(const db::ForeignKey& key) {
    constexpr std::string_view from = "FROM ";
    const std::size_t end = key.rows.find(" WHERE ");
    return key.rows.substr(from.size(), end - from.size());
}

/// Calls `use` with each key by which a table of the platform that we know refers to documents.
template <class Use>
void for_each_ingest(const db::ForeignKeyList& foreign_keys, Use use) {
    for (const db::ForeignKey& key : foreign_keys) {
        if (db::is_same_table(key.table, ingests.table) && db::is_same_table(key.referenced_table, "Documents")) {
            use(key);
        }
    }
}

std::string with_key(const Moved& rows) {
    return rows.key.empty() ? std::string(rows.columns) : fmt::format("{}, {}", rows.key, rows.columns);
}

// What follows is executed together, the copies before what is taken away: they need it as it was.

void move_in(db::Session& transaction, const Moved& rows, std::string_view live_table, std::int64_t doc_id) {
    transaction.execute_later(fmt::format("INSERT INTO {1} (doc_id, {2}) SELECT doc_id, {2} FROM {0} WHERE doc_id = ?",
                                          live_table, rows.trash, with_key(rows)),
                              doc_id);
}

void move_out(db::Session& transaction, const Moved& rows, std::string_view live_table, std::int64_t doc_id) {
    const std::string order = rows.key.empty() ? std::string() : fmt::format(" ORDER BY {}", rows.key);
    transaction.execute_later(
        fmt::format("INSERT INTO {0} (doc_id, {2}) SELECT doc_id, {2} FROM {1} WHERE doc_id = ?{3}", live_table,
                    rows.trash, rows.columns, order),
        doc_id);
}

std::string restore_document_sql(db::Dialect dialect) {
    std::string sql = fmt::format(
        "INSERT INTO Documents (doc_id, filename, path_id, blob_name, {0}) SELECT doc_id, ?, ?, ?, {0} "
        "FROM Trashed_Documents WHERE doc_id = ?",
        document_columns);
    if (dialect == db::Dialect::mssql) {
        // An id that was given already has to be allowed, for this connection and as long as it is not forbidden again.
        sql = fmt::format(
            "SET IDENTITY_INSERT Documents ON; BEGIN TRY {}; END TRY "
            "BEGIN CATCH SET IDENTITY_INSERT Documents OFF; THROW; END CATCH; SET IDENTITY_INSERT Documents OFF",
            sql);
    }
    return sql;
}

/// To be called while `error` is being handled: what is not the caller's to handle goes on up.
RestoreError restore_error(const db::Error& error) {
    switch (error.kind()) {
        case db::ErrorKind::unique_violation:
            return RestoreError::name_taken;
        case db::ErrorKind::foreign_key_violation:
            return RestoreError::path_gone;
        default:
            throw;
    }
}

}  // namespace

void copy_into_trash(db::Session& transaction, std::int64_t doc_id, std::int64_t deleted_by_user_id,
                     Timestamp deleted_at, Timestamp purge_at, const db::ForeignKeyList& foreign_keys) {
    transaction.execute_later(
        fmt::format("INSERT INTO Trashed_Documents (doc_id, filename, path_id, full_path, {0}, deleted_at, "
                    "deleted_by_user_id, purge_at) SELECT doc_id, filename, path_id, (SELECT p.full_path FROM "
                    "Virtual_Paths p WHERE p.path_id = Documents.path_id), {0}, ?, ?, ? FROM Documents "
                    "WHERE doc_id = ?",
                    document_columns),
        deleted_at, deleted_by_user_id, purge_at, doc_id);
    for (const Moved& rows : moved) {
        move_in(transaction, rows, rows.table, doc_id);
    }
    for_each_ingest(foreign_keys,
                    [&](const db::ForeignKey& key) { move_in(transaction, ingests, quoted_table(key), doc_id); });
}

void remove_rows(db::Session& transaction, std::int64_t doc_id, const db::ForeignKeyList& foreign_keys) {
    search::remove_document(transaction, doc_id);
    usage::remove_document(transaction, doc_id);
    for_each_ingest(foreign_keys,
                    [&](const db::ForeignKey& key) { transaction.execute_later("DELETE " + key.rows, doc_id); });
    transaction.execute_later("DELETE FROM Outbox WHERE doc_id = ?", doc_id);
    transaction.execute_later("DELETE FROM Ocr_Results WHERE doc_id = ?", doc_id);
    transaction.execute_later("DELETE FROM Processing_Status WHERE doc_id = ?", doc_id);
    transaction.execute_later("DELETE FROM Documents WHERE doc_id = ?", doc_id);
}

std::optional<TrashedDocument> find_trashed(db::Session& session, std::int64_t doc_id, Timestamp time) {
    return session.find<TrashedDocument>(
        "SELECT t.doc_id, t.filename, t.path_id, t.full_path, t.uploaded_by_user_id, t.content_type, t.purge_at, "
        "f.place, (SELECT COALESCE(SUM(v.file_size), 0) FROM Trashed_Files v WHERE v.doc_id = t.doc_id "
        "AND v.kind = 'original'), (SELECT COALESCE(MAX(r.page_count), 0) FROM Trashed_Results r "
        "WHERE r.doc_id = t.doc_id) FROM Trashed_Documents t JOIN Trashed_Files f ON f.doc_id = t.doc_id "
        "AND f.kind = 'original' WHERE t.doc_id = ? AND t.purge_at > ? ORDER BY f.version DESC",
        doc_id, time);
}

TrashList list_trashed(db::Session& session, const TrashFilter& filter, Timestamp time, db::Paging page) {
    std::string where = "FROM Trashed_Documents t WHERE t.purge_at > ?";
    std::vector<db::Parameter> values{time};
    if (filter.owner) {
        where += " AND t.uploaded_by_user_id = ?";
        values.emplace_back(*filter.owner);
    }
    const auto readable =
        filter.reach ? access::readable_by(*filter.reach, session.dialect(), "t") : access::ReadableCondition();
    if (filter.reach) {
        where += " AND " + readable.sql;
        std::ranges::copy(readable.values, std::back_inserter(values));
    }
    return {.total = session.query_with<std::int64_t>("SELECT COUNT(*) " + where, values).front(),
            .items = session.query_page_with<TrashItem>(
                "SELECT t.doc_id, t.filename, t.full_path, t.uploaded_by_user_id, t.content_type, t.file_size, "
                "t.uploaded_at, t.deleted_at, t.deleted_by_user_id, t.purge_at " +
                    where + " ORDER BY t.deleted_at DESC, t.doc_id DESC",
                page, values)};
}

std::expected<void, RestoreError> copy_back(db::Session& transaction, const TrashedDocument& document,
                                            const std::string& filename, std::int64_t path_id,
                                            const db::ForeignKeyList& foreign_keys) {
    // As files/old_place.hpp has it: nodes of the version before cannot read what lies in the second container.
    const auto blob_name =
        storage::is_in_second_container(document.place) ? std::nullopt : std::optional(document.place);
    try {
        transaction.execute(restore_document_sql(transaction.dialect()), filename, path_id, blob_name, document.doc_id);
    } catch (const db::Error& error) {
        return std::unexpected(restore_error(error));
    }
    for (const Moved& rows : moved) {
        move_out(transaction, rows, rows.table, document.doc_id);
    }
    for_each_ingest(foreign_keys, [&](const db::ForeignKey& key) {
        move_out(transaction, ingests, quoted_table(key), document.doc_id);
    });
    return {};
}

std::vector<std::string> places_in_trash(db::Session& session, std::int64_t doc_id) {
    return session.query<std::string>("SELECT DISTINCT place FROM Trashed_Files WHERE doc_id = ? ORDER BY place",
                                      doc_id);
}

void remove_from_trash_later(db::Session& transaction, std::int64_t doc_id) {
    transaction.execute_later("DELETE FROM Trashed_Documents WHERE doc_id = ?", doc_id);
}

bool remove_from_trash(db::Session& transaction, std::int64_t doc_id) {
    return transaction.execute("DELETE FROM Trashed_Documents WHERE doc_id = ?", doc_id) == 1;
}

std::vector<std::int64_t> list_due(db::Session& session, Timestamp time, std::int64_t most) {
    return session.query_page<std::int64_t>(
        "SELECT doc_id FROM Trashed_Documents WHERE purge_at <= ? ORDER BY purge_at, doc_id", {.limit = most}, time);
}

bool is_due(db::Session& session, std::int64_t doc_id, Timestamp time) {
    return session
        .find<std::int64_t>("SELECT doc_id FROM Trashed_Documents WHERE doc_id = ? AND purge_at <= ?", doc_id, time)
        .has_value();
}

std::int64_t expire_some(db::Session& transaction, std::int64_t owner_id, Timestamp time) {
    constexpr std::int64_t rows_at_a_time = 2'000;
    const auto ids = transaction.query_page<std::int64_t>(
        "SELECT doc_id FROM Trashed_Documents WHERE uploaded_by_user_id = ? AND purge_at > ? ORDER BY doc_id",
        {.limit = rows_at_a_time}, owner_id, time);
    if (ids.empty()) {
        return 0;
    }
    return transaction.execute(
        "UPDATE Trashed_Documents SET purge_at = ? WHERE uploaded_by_user_id = ? AND doc_id >= ? AND doc_id <= ? "
        "AND purge_at > ?",
        time, owner_id, ids.front(), ids.back(), time);
}

bool is_name_taken(db::Session& session, const std::string& filename, std::int64_t path_id) {
    return session
        .find<std::int64_t>("SELECT doc_id FROM Documents WHERE filename = ? AND path_id = ?", filename, path_id)
        .has_value();
}

}  // namespace nassaq::trash
