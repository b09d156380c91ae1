#include "files/old_place.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "storage/second_container.hpp"

namespace nassaq::files {
namespace {

struct UntakenRow {
    std::int64_t doc_id = 0;
    std::string filename;
    std::string place;
    std::string text_id;
    std::optional<std::int64_t> file_size;
    std::optional<std::string> sha256;
    std::optional<std::string> content_type;
    Timestamp uploaded_at;
    std::int64_t uploaded_by_user_id = 0;
};
BOOST_DESCRIBE_STRUCT(UntakenRow, (),
                      (doc_id, filename, place, text_id, file_size, sha256, content_type, uploaded_at,
                       uploaded_by_user_id))

constexpr std::string_view concatenation(db::Dialect dialect) {
    return dialect == db::Dialect::mssql ? "+" : "||";
}

/// Of the document `d` on the path `p`.
std::string old_place(db::Dialect dialect) {
    // Another collation than the columns' own has to be named where SQL Server brings them together.
    const std::string_view collation = dialect == db::Dialect::mssql ? " COLLATE Latin1_General_BIN2" : "";
    return fmt::format(
        "COALESCE(d.blob_name, CASE p.full_path WHEN '/' THEN '' ELSE p.full_path{1} {0} '/' END {0} d.filename{1})",
        concatenation(dialect), collation);
}

/// That the document `d` has not been taken in. @param hint  how SQL Server is to read the table
std::string has_no_row(std::string_view hint = "") {
    return fmt::format(
        "NOT EXISTS (SELECT 1 FROM Document_Files f{} WHERE f.doc_id = d.doc_id AND f.kind = 'original')", hint);
}

std::string select_untaken(db::Dialect dialect, std::string_view which) {
    return fmt::format(
        "SELECT d.doc_id, d.filename, {}, d.mongo_doc_id, d.file_size, d.sha256, d.content_type, d.uploaded_at, "
        "d.uploaded_by_user_id FROM Documents d JOIN Virtual_Paths p ON p.path_id = d.path_id WHERE {} AND {}",
        old_place(dialect), which, has_no_row());
}

UntakenDocument to_document(UntakenRow row) {
    const bool is_of_the_platform = !row.sha256;
    return {.doc_id = row.doc_id,
            .filename = std::move(row.filename),
            .place = std::move(row.place),
            .is_of_the_platform = is_of_the_platform,
            .text_id = std::move(row.text_id),
            .file_size = row.file_size,
            .sha256 = std::move(row.sha256),
            .content_type = std::move(row.content_type),
            .uploaded_at = row.uploaded_at,
            .uploaded_by_user_id = row.uploaded_by_user_id};
}

constexpr std::string_view into_document_files =
    "INSERT INTO Document_Files (doc_id, kind, version, part, place, file_size, sha256, content_type, created_at, "
    "created_by_user_id) ";

/// `Documents d`, each of which stays until the transaction ends: of one that is being deleted there is none.
/// On PostgreSQL that is said at the end of the statement.
std::string_view documents_that_stay(db::Dialect dialect) {
    return dialect == db::Dialect::mssql ? "Documents d WITH (REPEATABLEREAD)" : "Documents d";
}

/// The end of a SELECT, which leaves out what another node has taken in meanwhile, or is about to.
std::string unless_taken_in(db::Dialect dialect) {
    switch (dialect) {
        case db::Dialect::sqlite:
            return fmt::format("AND {} ON CONFLICT DO NOTHING", has_no_row());
        case db::Dialect::postgres:
            return fmt::format("AND {} FOR KEY SHARE OF d ON CONFLICT DO NOTHING", has_no_row());
        case db::Dialect::mssql:
            return fmt::format("AND {}", has_no_row(" WITH (UPDLOCK, HOLDLOCK)"));
    }
    std::unreachable();
}

/// Nodes of the version before read it. What lies in the second container they cannot read anyway.
void write_old_column(db::Session& transaction, std::int64_t doc_id, std::string_view place) {
    if (!storage::is_in_second_container(place)) {
        transaction.execute(
            "UPDATE Documents SET blob_name = ? WHERE doc_id = ? AND NOT EXISTS "
            "(SELECT 1 FROM Documents other WHERE other.blob_name = ?)",
            place, doc_id, place);
    }
}

}  // namespace

std::string current_place(db::Dialect dialect) {
    return fmt::format("COALESCE(f.place, {})", old_place(dialect));
}

std::int64_t last_document(db::Session& session) {
    return session.get<std::optional<std::int64_t>>("SELECT MAX(doc_id) FROM Documents").value_or(0);
}

std::optional<UntakenDocument> find_untaken(db::Session& session, std::int64_t doc_id) {
    auto row = session.find<UntakenRow>(select_untaken(session.dialect(), "d.doc_id = ?"), doc_id);
    return row ? std::optional(to_document(std::move(*row))) : std::nullopt;
}

std::vector<UntakenDocument> list_untaken(db::Session& session, std::int64_t behind, std::int64_t last,
                                          std::int64_t most) {
    auto rows = session.query_page<UntakenRow>(
        select_untaken(session.dialect(), "d.doc_id > ? AND d.doc_id <= ?") + " ORDER BY d.doc_id", {.limit = most},
        behind, last);
    std::vector<UntakenDocument> documents;
    std::ranges::transform(rows, std::back_inserter(documents),
                           [](UntakenRow& row) { return to_document(std::move(row)); });
    return documents;
}

void take_in(db::Session& transaction, const UntakenDocument& document) {
    // From the row as it is now: it may have gone, or have been taken in by another node.
    const std::int64_t taken = transaction.execute(
        fmt::format("{}SELECT d.doc_id, 'original', 1, 0, ?, d.file_size, d.sha256, d.content_type, d.uploaded_at, "
                    "d.uploaded_by_user_id FROM {} WHERE d.doc_id = ? {}",
                    into_document_files, documents_that_stay(transaction.dialect()),
                    unless_taken_in(transaction.dialect())),
        document.place, document.doc_id);
    if (taken > 0 && document.is_of_the_platform) {
        write_old_column(transaction, document.doc_id, document.place);
    }
}

void take_in(db::Session& transaction, std::int64_t doc_id) {
    if (const auto document = find_untaken(transaction, doc_id)) {
        take_in(transaction, *document);
    }
}

std::int64_t take_in_all_certain(db::Session& transaction, std::int64_t behind, std::int64_t last) {
    return transaction.execute(
        fmt::format("{}SELECT d.doc_id, 'original', 1, 0, d.blob_name, d.file_size, d.sha256, d.content_type, "
                    "d.uploaded_at, d.uploaded_by_user_id FROM {} WHERE d.doc_id > ? AND d.doc_id <= ? "
                    "AND d.sha256 IS NOT NULL AND d.blob_name IS NOT NULL {}",
                    into_document_files, documents_that_stay(transaction.dialect()),
                    unless_taken_in(transaction.dialect())),
        behind, last);
}

bool may_be_meant(db::Session& session, std::string_view place) {
    const std::size_t slash = place.rfind('/');
    const std::string_view full_path = slash == std::string_view::npos ? "/" : place.substr(0, slash);
    const std::string_view filename = place.substr(slash + 1);  // From 0 on without a slash: npos + 1.
    return !session
                .query<std::int64_t>(
                    "SELECT doc_id FROM Documents WHERE blob_name = ? UNION ALL "
                    "SELECT d.doc_id FROM Documents d JOIN Virtual_Paths p ON p.path_id = d.path_id "
                    "WHERE d.filename = ? AND p.full_path = ? AND d.blob_name IS NULL",
                    place, filename, full_path)
                .empty();
}

std::vector<std::int64_t> list_unnamed_blobs(db::Session& session, std::int64_t path_id, std::int64_t behind) {
    return session.query_page<std::int64_t>(
        "SELECT doc_id FROM Documents WHERE path_id = ? AND blob_name IS NULL AND doc_id > ? ORDER BY doc_id",
        {.limit = 1'000}, path_id, behind);
}

void name_blobs(db::Session& transaction, std::int64_t path_id, std::string_view full_path,
                const std::vector<std::int64_t>& sorted_doc_ids) {
    const std::string folder = full_path == "/" ? std::string() : std::string(full_path) + "/";
    const std::string_view name =
        transaction.dialect() == db::Dialect::mssql ? "CAST(? AS NVARCHAR(501)) + " : "CAST(? AS VARCHAR(501)) || ";
    const std::string sql = fmt::format(
        "UPDATE Documents SET blob_name = {0}filename WHERE path_id = ? AND blob_name IS NULL AND doc_id >= ? "
        "AND doc_id <= ? AND NOT EXISTS (SELECT 1 FROM Documents other WHERE other.blob_name = {0}Documents.filename)",
        name);
    transaction.execute(sql, folder, path_id, sorted_doc_ids.front(), sorted_doc_ids.back(), folder);
}

void move_to(db::Session& transaction, std::int64_t doc_id, std::string_view old_place, std::string_view new_place) {
    transaction.execute("UPDATE Document_Files SET place = ? WHERE doc_id = ? AND place = ?", new_place, doc_id,
                        old_place);
    write_old_column(transaction, doc_id, new_place);
}

}  // namespace nassaq::files
