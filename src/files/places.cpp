#include "files/places.hpp"

#include <algorithm>
#include <boost/describe.hpp>
#include <optional>
#include <utility>

#include "files/old_place.hpp"

namespace nassaq::files {
namespace {

constexpr std::int64_t page_size = 1'000;

/// `position` is the row's own in Document_Files, by which that is read page by page.
struct PlacedRow {
    std::int64_t position = 0;
    std::int64_t doc_id = 0;
    std::string filename;
    std::string place;
    std::optional<std::string> sha256;
    std::string text_id;
    std::optional<std::int64_t> file_size;
};
BOOST_DESCRIBE_STRUCT(PlacedRow, (), (position, doc_id, filename, place, sha256, text_id, file_size))

/// `end` is behind which position the next page begins; nothing of the last one.
struct Page {
    std::vector<PlacedRow> rows;
    std::optional<std::int64_t> end;
};

Page page_of_files(db::Session& session, std::int64_t behind) {
    Page page{
        .rows = session.query_page<PlacedRow>(
            "SELECT f.file_id, f.doc_id, d.filename, f.place, f.sha256, d.mongo_doc_id, f.file_size "
            "FROM Document_Files f JOIN Documents d ON d.doc_id = f.doc_id WHERE f.file_id > ? ORDER BY f.file_id",
            {.limit = page_size}, behind)};
    if (!page.rows.empty()) {
        page.end = page.rows.back().position;
    }
    return page;
}

/// Of so many ids, however few of them have not been taken in: to find some number of these might be to read all
/// documents.
/// @param last  of all documents
Page page_of_untaken(db::Session& session, std::int64_t behind, std::int64_t last) {
    Page page;
    for (UntakenDocument& document : list_untaken(session, behind, behind + page_size, page_size)) {
        page.rows.push_back({.doc_id = document.doc_id,
                             .filename = std::move(document.filename),
                             .place = std::move(document.place),
                             .sha256 = std::move(document.sha256),
                             .text_id = std::move(document.text_id),
                             .file_size = document.file_size});
    }
    if (behind + page_size < last) {
        page.end = behind + page_size;
    }
    return page;
}

/// All files of so many documents, which are few each.
Page page_of_trash(db::Session& session, std::int64_t behind) {
    const auto ids = session.query_page<std::int64_t>(
        "SELECT doc_id FROM Trashed_Documents WHERE doc_id > ? ORDER BY doc_id", {.limit = page_size}, behind);
    Page page;
    if (!ids.empty()) {
        page.rows = session.query<PlacedRow>(
            "SELECT f.doc_id, f.doc_id, d.filename, f.place, f.sha256, d.mongo_doc_id, f.file_size "
            "FROM Trashed_Files f JOIN Trashed_Documents d ON d.doc_id = f.doc_id WHERE f.doc_id > ? AND f.doc_id <= ? "
            "ORDER BY f.doc_id",
            behind, ids.back());
        page.end = ids.back();
    }
    return page;
}

/// @param find_page  gives the Page behind a position
template <class FindPage>
void for_each_row(db::Database& database, FindPage find_page, const std::function<void(const PlacedFile&)>& visit,
                  const std::stop_token& stop) {
    std::optional<std::int64_t> behind = 0;
    while (behind && !stop.stop_requested()) {
        Page page = database.read([&](db::Session& session) { return find_page(session, *behind); });
        for (PlacedRow& row : page.rows) {
            if (stop.stop_requested()) {
                return;
            }
            visit({.doc_id = row.doc_id,
                   .filename = std::move(row.filename),
                   .place = std::move(row.place),
                   .sha256 = std::move(row.sha256),
                   .text_id = std::move(row.text_id),
                   .file_size = row.file_size});
        }
        behind = page.end;
    }
}

}  // namespace

bool is_in_use(db::Session& session, std::string_view place) {
    return !session
                .query<std::int64_t>(
                    "SELECT doc_id FROM Document_Files WHERE place = ? UNION ALL "
                    "SELECT doc_id FROM Trashed_Files WHERE place = ?",
                    place, place)
                .empty() ||
           may_be_meant(session, place);
}

bool is_there(db::Session& session, const PlacedFile& file) {
    auto checksums = session.query<std::optional<std::string>>(
        "SELECT sha256 FROM Document_Files WHERE place = ? UNION ALL SELECT sha256 FROM Trashed_Files WHERE place = ?",
        file.place, file.place);
    if (const auto untaken = find_untaken(session, file.doc_id); untaken && untaken->place == file.place) {
        checksums.push_back(untaken->sha256);
    }
    return std::ranges::find(checksums, file.sha256) != checksums.end();
}

void for_each_file(db::Database& database, const std::function<void(const PlacedFile&)>& visit,
                   const std::stop_token& stop) {
    // What is taken in meanwhile is met again among the files, rather than missed.
    const std::int64_t last = database.read(last_document);
    for_each_row(
        database, [last](db::Session& session, std::int64_t behind) { return page_of_untaken(session, behind, last); },
        visit, stop);
    for_each_row(database, page_of_files, visit, stop);
    for_each_row(database, page_of_trash, visit, stop);
}

std::vector<std::string> places_of(db::Session& session, std::int64_t doc_id) {
    auto places =
        session.query<std::string>("SELECT DISTINCT place FROM Document_Files WHERE doc_id = ? ORDER BY place", doc_id);
    if (const auto untaken = places.empty() ? find_untaken(session, doc_id) : std::nullopt) {
        places.push_back(untaken->place);
    }
    return places;
}

}  // namespace nassaq::files
