#include "documents/list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

#include "db/driver.hpp"
#include "db/id_list.hpp"
#include "documents/kept_count.hpp"
#include "documents/shared_list.hpp"
#include "documents/store.hpp"
#include "jobs/newest_row.hpp"

namespace nassaq::documents {
namespace {

/// The condition of a filter on `d` and `s`, and its values in the order of their placeholders. Owns texts that they
/// are views of.
struct Where {
    std::string sql = "WHERE 1 = 1 ";
    std::vector<db::Parameter> values;
    std::deque<std::string> texts;
};

void append_reader(const Reader& reader, db::Dialect dialect, Where& where) {
    access::ReadableCondition readable = access::readable_by(*reader.reach, dialect, "d");
    where.sql += "AND " + readable.sql + " ";
    std::ranges::move(readable.values, std::back_inserter(where.values));
    where.texts = std::move(readable.texts);
    if (reader.has_others_only) {
        where.sql += "AND d.uploaded_by_user_id <> ? ";
        where.values.emplace_back(reader.reach->owner_id);
    }
}

/// A text for each combination rather than "? IS NULL OR …", which no index could serve.
Where where_of(const Filter& filter, db::Dialect dialect) {
    Where where;
    if (filter.user_id) {
        where.sql += "AND d.uploaded_by_user_id = ? ";
        where.values.emplace_back(*filter.user_id);
    }
    if (filter.status) {
        where.sql += "AND s.status = CAST(? AS VARCHAR(20)) ";
        where.values.emplace_back(std::string_view(*filter.status));
    }
    if (filter.reader) append_reader(*filter.reader, dialect, where);
    return where;
}

/// Whom Document_Counts has the numbers of all users under.
constexpr std::int64_t all_users = 0;
/// Whom it has no numbers of.
constexpr std::int64_t nobody = -1;

/// An id that nobody can have is not taken for that of all.
std::int64_t counted_under(std::optional<std::int64_t> user_id) {
    if (!user_id) return all_users;
    return *user_id > 0 ? *user_id : nobody;
}

/// From the numbers that triggers keep (migrations/0009_document_counts.sqlite.sql).
std::int64_t look_up_count(db::Session& session, const Filter& filter) {
    const std::int64_t user_id = counted_under(filter.user_id);
    if (filter.status) {
        return session
            .find<std::int64_t>("SELECT documents FROM Document_Counts WHERE user_id = ? AND status = ?", user_id,
                                *filter.status)
            .value_or(0);
    }
    return session.get<std::int64_t>("SELECT COALESCE(SUM(documents), 0) FROM Document_Counts WHERE user_id = ?",
                                     user_id);
}

/// What is counted: `FROM` and the tables, and the condition.
/// @param newest  the condition that `s`, where it is asked for, is the newest row of its stage.
std::string counted(const Filter& filter, const std::string& where, const std::string& newest) {
    if (!filter.status) {
        return "FROM Documents d " + where;
    }
    const bool asks_documents = filter.user_id || filter.reader;
    const std::string_view tables =
        asks_documents ? "Documents d JOIN Processing_Status s ON s.doc_id = d.doc_id " : "Processing_Status s ";
    return fmt::format("FROM {}{}AND s.stage_name = 'OCR' AND {}", tables, where, newest);
}

std::string newest_status(db::Session& session, const Filter& filter) {
    return filter.status ? jobs::is_newest_of_stage(session, "s") : "";
}

constexpr std::string_view whatever_the_status = "FROM Documents d ";
constexpr std::string_view all_by_time = "FROM Documents d INDEXED BY ix_documents_uploaded_at ";
constexpr std::string_view all_by_time_with_status =
    "FROM Documents d INDEXED BY ix_documents_uploaded_at CROSS JOIN Processing_Status s ON s.doc_id = d.doc_id "
    "AND s.stage_name = 'OCR' ";
/// Databases that keep statistics know by which table they had better begin.
constexpr std::string_view of_status =
    "FROM Documents d JOIN Processing_Status s ON s.doc_id = d.doc_id AND s.stage_name = 'OCR' ";
/// Goes through the documents from the newest on, leaving out those of another status, until the page is full.
constexpr std::string_view by_time =
    "FROM Documents d CROSS JOIN Processing_Status s ON s.doc_id = d.doc_id AND s.stage_name = 'OCR' ";
/// Gathers all documents of the status, whoever's they are, and sorts them.
constexpr std::string_view by_status =
    "FROM Processing_Status s CROSS JOIN Documents d ON d.doc_id = s.doc_id AND s.stage_name = 'OCR' ";

/// SQLite, which keeps no statistics, is told how to come to what somebody may read: by the time of all documents,
/// leaving out what they may not, or by what they may, which is then sorted. Of the two the one that reads less.
bool is_gathered(db::Session& session, const Filter& filter, std::int64_t total, db::Paging page) {
    if (!filter.reader || filter.user_id || session.dialect() != db::Dialect::sqlite) return false;
    const double all = static_cast<double>(look_up_count(session, {.user_id = {}, .status = {}}));
    const double found = static_cast<double>(std::max(total, std::int64_t{1}));
    return static_cast<double>(page.skip + page.limit) * all / found > found;
}

/// SQLite keeps no statistics unless it is told to, and would gather and sort a million finished documents for a page
/// of twenty. Its CROSS JOIN takes the tables in the order they stand in (sqlite.org/optoverview.html#crossjoin).
std::string_view choose_join(db::Session& session, const Filter& filter, std::int64_t total, db::Paging page) {
    const bool is_told = session.dialect() == db::Dialect::sqlite;
    const bool goes_by_time = is_told && filter.reader && !filter.user_id && !is_gathered(session, filter, total, page);
    if (!filter.status) return goes_by_time ? all_by_time : whatever_the_status;
    if (!is_told) return of_status;
    if (filter.reader) return goes_by_time ? all_by_time_with_status : by_time;
    const std::int64_t all = look_up_count(session, {.user_id = filter.user_id, .status = {}});
    const std::int64_t with_status = look_up_count(session, {.user_id = {}, .status = filter.status});
    // As many as are gone through when the status is spread evenly over time.
    const double gone_through =
        std::min(static_cast<double>(all), static_cast<double>(page.skip + page.limit) * static_cast<double>(all) /
                                               static_cast<double>(std::max(total, std::int64_t{1})));
    return gone_through <= static_cast<double>(with_status) ? by_time : by_status;
}

constexpr std::string_view newest_first = "ORDER BY d.uploaded_at DESC, d.doc_id DESC";

/// An item before its stages are known.
struct ItemRow {
    std::int64_t doc_id = 0;
    std::string filename;
    std::string path;
    std::int64_t uploaded_by_user_id = 0;
    Timestamp uploaded_at;
    std::optional<std::int64_t> file_size;
    std::optional<std::string> content_type;
    std::optional<std::string> file_type;
};
BOOST_DESCRIBE_STRUCT(ItemRow, (),
                      (doc_id, filename, path, uploaded_by_user_id, uploaded_at, file_size, content_type, file_type))

struct StageOfItem {
    std::int64_t doc_id = 0;
    std::string stage_name;
    std::string status;
    std::optional<std::string> error_message;
};
BOOST_DESCRIBE_STRUCT(StageOfItem, (), (doc_id, stage_name, status, error_message))

/// We keep it without its dot, the platform with it.
std::optional<std::string> dotted(std::optional<std::string> file_type) {
    if (file_type && !file_type->empty() && file_type->front() != '.') file_type->insert(0, 1, '.');
    return file_type;
}

DocumentItem to_item(ItemRow row) {
    return {.doc_id = row.doc_id,
            .filename = std::move(row.filename),
            .path = std::move(row.path),
            .uploaded_by_user_id = row.uploaded_by_user_id,
            .uploaded_at = row.uploaded_at,
            .file_size = row.file_size,
            .content_type = std::move(row.content_type),
            .file_type = dotted(std::move(row.file_type))};
}

/// The stages of a page's documents, the newest row of each last.
std::vector<StageOfItem> find_stages_of(db::Session& session, const std::vector<DocumentItem>& items) {
    std::vector<std::int64_t> doc_ids;
    std::ranges::transform(items, std::back_inserter(doc_ids), &DocumentItem::doc_id);
    const db::IdList list(doc_ids);
    return session.query_with<StageOfItem>(
        fmt::format("SELECT doc_id, stage_name, status, error_message FROM Processing_Status WHERE doc_id IN {} "
                    "AND stage_name IN ('OCR', 'Classification', 'Vectorization') ORDER BY status_id",
                    list.places),
        list.ids);
}

void put_stage(DocumentItem& item, StageOfItem row) {
    if (row.stage_name == "OCR") {
        item.status = item.ocr_status = std::move(row.status);
        item.error_code = error_code_of(row.error_message);
        item.error_message = item.ocr_error_message = std::move(row.error_message);
    } else if (row.stage_name == "Classification") {
        item.classification_status = std::move(row.status);
        item.classification_error_message = std::move(row.error_message);
    } else {
        item.vectorization_status = std::move(row.status);
        item.vectorization_error_message = std::move(row.error_message);
    }
}

void add_stages(db::Session& session, std::vector<DocumentItem>& items) {
    if (items.empty()) return;
    for (StageOfItem& row : find_stages_of(session, items)) {
        const auto item = std::ranges::find(items, row.doc_id, &DocumentItem::doc_id);
        if (item != items.end()) put_stage(*item, std::move(row));
    }
}

/// Where a list for a reader is taken from.
enum class Source {
    documents,  ///< All of them, or those of one user, of which some are left out.
    audiences,  ///< What shared_list.hpp has.
};

Source source_of(db::Session& session, const Filter& filter) {
    return is_of_audiences(session, filter) ? Source::audiences : Source::documents;
}

/// How many are listed, as an expression that takes no look at each of them; nothing where there is none.
std::optional<access::ReadableCondition> count_without_looking(db::Session& session, const Filter& filter,
                                                               Source source) {
    if (source == Source::audiences) {
        return count_in_audiences(filter, session.dialect(), newest_status(session, filter));
    }
    const bool is_all_of_reach =
        filter.reader && !filter.user_id && !filter.status && filter.reader->reach->kind == access::Reach::Kind::some;
    if (!is_all_of_reach) return std::nullopt;
    return access::count_of_readable(*filter.reader->reach, session.dialect(), filter.reader->has_others_only);
}

std::int64_t count(db::Session& session, const Filter& filter, Source source) {
    if (session.dialect() == db::Dialect::sqlite && !filter.reader) return look_up_count(session, filter);
    if (const auto expression = count_without_looking(session, filter, source)) {
        return session.query_with<std::int64_t>("SELECT " + expression->sql, expression->values).front();
    }
    const Where where = where_of(filter, session.dialect());
    return session
        .query_with<std::int64_t>("SELECT COUNT(*) " + counted(filter, where.sql, newest_status(session, filter)),
                                  where.values)
        .front();
}

access::ReadableCondition page_of_documents(db::Session& session, const Filter& filter, std::int64_t total,
                                            db::Paging page) {
    constexpr std::string_view newest_first_of_some = "ORDER BY +d.uploaded_at DESC, d.doc_id DESC";
    Where where = where_of(filter, session.dialect());
    const bool is_mssql = session.dialect() == db::Dialect::mssql;
    where.values.emplace_back(is_mssql ? page.skip : page.limit);
    where.values.emplace_back(is_mssql ? page.limit : page.skip);
    return {.sql = fmt::format("SELECT d.doc_id {}{}{} {} {}", choose_join(session, filter, total, page), where.sql,
                               filter.status ? "AND " + newest_status(session, filter) : "",
                               is_gathered(session, filter, total, page) ? newest_first_of_some : newest_first,
                               is_mssql ? "OFFSET ? ROWS FETCH NEXT ? ROWS ONLY" : "LIMIT ? OFFSET ?"),
            .values = std::move(where.values),
            .texts = std::move(where.texts)};
}

/// The ids of a page, as a query of `doc_id`.
access::ReadableCondition page_of_ids(db::Session& session, const Filter& filter, std::int64_t total, db::Paging page,
                                      Source source) {
    if (source == Source::documents) return page_of_documents(session, filter, total, page);
    const Filter own{.user_id = filter.reader->reach->owner_id, .status = filter.status};
    const std::int64_t own_total = filter.status ? count(session, own, Source::documents) : 0;
    return page_of_audiences(filter, session.dialect(), newest_status(session, filter),
                             choose_join(session, own, own_total, page), page);
}

/// The ids of the page first: however many documents are before it, they are passed over in an index, and nothing else
/// is read of them. SQLite would rather go through all documents beside them, so it is told where to begin.
std::vector<DocumentItem> find_items(db::Session& session, const Filter& filter, std::int64_t total, db::Paging page,
                                     Source source) {
    const access::ReadableCondition ids = page_of_ids(session, filter, total, page, source);
    const auto rows = session.query_with<ItemRow>(
        fmt::format("SELECT d.doc_id, d.filename, p.full_path, d.uploaded_by_user_id, d.uploaded_at, d.file_size, "
                    "d.content_type, d.file_type FROM ({}) page {} Documents d ON d.doc_id = page.doc_id "
                    "JOIN Virtual_Paths p ON p.path_id = d.path_id {}",
                    ids.sql, session.dialect() == db::Dialect::sqlite ? "CROSS JOIN" : "JOIN", newest_first),
        ids.values);
    std::vector<DocumentItem> items;
    std::ranges::transform(rows, std::back_inserter(items), [](const ItemRow& row) { return to_item(row); });
    return items;
}

DocumentList list_from(Source source, db::Session& session, const Filter& filter, db::Paging page,
                       std::optional<std::int64_t> total) {
    DocumentList list{.total = total ? *total : count(session, filter, source), .items = {}};
    if (filter.reader && list.total <= page.skip) return list;
    list.items = find_items(session, filter, list.total, page, source);
    if (!list.items.empty()) {  // Others may have come since they were counted.
        list.total = std::max(list.total, page.skip + static_cast<std::int64_t>(list.items.size()));
    }
    add_stages(session, list.items);
    return list;
}

}  // namespace

std::optional<std::int64_t> list_version(db::Session& session, std::optional<std::int64_t> user_id) {
    if (session.dialect() != db::Dialect::sqlite) return std::nullopt;
    // A path that was moved or renamed shows in everybody's lists.
    return session.get<std::int64_t>(
        "SELECT COALESCE(SUM(c.changes), 0) + (SELECT moves FROM Access_Version) FROM Document_Counts c "
        "WHERE c.user_id = ?",
        counted_under(user_id));
}

CountedList count_listed(db::Session& session, const Filter& filter, std::int64_t caller_id) {
    const std::string last = last_action(session.dialect());
    if (auto expression = count_without_looking(session, filter, source_of(session, filter))) {
        expression->values.emplace_back(caller_id);
        return session
            .query_with<CountedList>(fmt::format("SELECT {}, ({})", expression->sql, last), expression->values)
            .front();
    }
    const Where where = where_of(filter, session.dialect());
    std::vector<db::Parameter> values{caller_id};
    std::ranges::copy(where.values, std::back_inserter(values));
    return session
        .query_with<CountedList>(
            fmt::format("SELECT COUNT(*), ({}) {}", last, counted(filter, where.sql, newest_status(session, filter))),
            values)
        .front();
}

/// Audiences that are being changed may lack a document for a moment: what was read of them holds if they are the same
/// afterwards.
DocumentList list_documents(db::Session& session, const Filter& filter, db::Paging page,
                            std::optional<std::int64_t> total) {
    if (source_of(session, filter) == Source::audiences) {
        DocumentList list = list_from(Source::audiences, session, filter, page, total);
        if (source_of(session, filter) == Source::audiences) return list;
    }
    return list_from(Source::documents, session, filter, page, total);
}

}  // namespace nassaq::documents
