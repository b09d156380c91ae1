#include "jobs/document_blobs.hpp"

#include <boost/describe.hpp>
#include <utility>

namespace nassaq::jobs {
namespace {

constexpr std::int64_t page_size = 1'000;

struct Row {
    std::int64_t doc_id = 0;
    std::string filename;
    std::string full_path;
    std::optional<std::string> blob_name;
    std::optional<std::string> sha256;
    std::string text_id;
    std::optional<std::int64_t> file_size;
};
BOOST_DESCRIBE_STRUCT(Row, (), (doc_id, filename, full_path, blob_name, sha256, text_id, file_size))

std::string derived_name(const Row& row) {
    return row.full_path == "/" ? row.filename : row.full_path + "/" + row.filename;
}

std::vector<Row> page_after(db::Session& session, std::int64_t doc_id) {
    return session.query_page<Row>(
        "SELECT d.doc_id, d.filename, p.full_path, d.blob_name, d.sha256, d.mongo_doc_id, d.file_size "
        "FROM Documents d JOIN Virtual_Paths p ON p.path_id = d.path_id WHERE d.doc_id > ? ORDER BY d.doc_id",
        {.limit = page_size}, doc_id);
}

}  // namespace

/// A document that has no blob name of its own has that of its path and file name.
bool has_document(db::Session& session, std::string_view blob_name) {
    const std::size_t slash = blob_name.rfind('/');
    const std::string_view full_path = slash == std::string_view::npos ? "/" : blob_name.substr(0, slash);
    const std::string_view filename = blob_name.substr(slash + 1);  // From 0 on without a slash: npos + 1.
    return !session
                .query<std::int64_t>(
                    "SELECT doc_id FROM Documents WHERE blob_name = ? UNION ALL "
                    "SELECT d.doc_id FROM Documents d JOIN Virtual_Paths p ON p.path_id = d.path_id "
                    "WHERE d.filename = ? AND p.full_path = ? AND d.blob_name IS NULL",
                    blob_name, filename, full_path)
                .empty();
}

void for_each_document_blob(db::Database& database, const std::function<void(const DocumentBlob&)>& visit,
                            const std::stop_token& stop) {
    std::int64_t last = 0;
    while (!stop.stop_requested()) {
        auto rows = database.read([&](db::Session& session) { return page_after(session, last); });
        if (rows.empty()) {
            return;
        }
        last = rows.back().doc_id;
        for (Row& row : rows) {
            if (stop.stop_requested()) {
                return;
            }
            std::string name = row.blob_name ? *row.blob_name : derived_name(row);
            visit({.doc_id = row.doc_id,
                   .filename = std::move(row.filename),
                   .blob_name = std::move(name),
                   .sha256 = std::move(row.sha256),
                   .text_id = std::move(row.text_id),
                   .file_size = row.file_size});
        }
    }
}

}  // namespace nassaq::jobs
