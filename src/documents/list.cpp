#include "documents/list.hpp"

#include <algorithm>
#include <string_view>

namespace nassaq::documents {
namespace {

/// Calls `query(values...)` with the values that the filter has, in the order of their placeholders.
template <class Result, class Query>
Result with_values(const Filter& filter, const Query& query) {
    if (filter.user_id && filter.status) return query(*filter.user_id, *filter.status);
    if (filter.user_id) return query(*filter.user_id);
    if (filter.status) return query(*filter.status);
    return query();
}

/// A text for each combination rather than "? IS NULL OR …", which no index could serve.
std::string where(const Filter& filter) {
    std::string text = "WHERE 1 = 1 ";
    if (filter.user_id) text += "AND d.uploaded_by_user_id = ? ";
    if (filter.status) text += "AND s.status = CAST(? AS VARCHAR(20)) ";
    return text;
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

std::int64_t count(db::Session& session, const Filter& filter) {
    if (session.dialect() == db::Dialect::sqlite) return look_up_count(session, filter);
    std::string sql = "SELECT COUNT(*) FROM Documents d ";
    if (filter.status) sql += "JOIN Processing_Status s ON s.doc_id = d.doc_id AND s.stage_name = 'OCR' ";
    sql += where(filter);
    return with_values<std::int64_t>(filter,
                                     [&](const auto&... values) { return session.get<std::int64_t>(sql, values...); });
}

constexpr std::string_view in_any_order =
    "FROM Documents d JOIN Virtual_Paths p ON p.path_id = d.path_id "
    "LEFT JOIN Processing_Status s ON s.doc_id = d.doc_id AND s.stage_name = 'OCR' ";
/// Goes through the documents from the newest on, leaving out those of another status, until the page is full.
constexpr std::string_view by_time =
    "FROM Documents d CROSS JOIN Processing_Status s ON s.doc_id = d.doc_id AND s.stage_name = 'OCR' "
    "JOIN Virtual_Paths p ON p.path_id = d.path_id ";
/// Gathers all documents of the status, whoever's they are, and sorts them.
constexpr std::string_view by_status =
    "FROM Processing_Status s CROSS JOIN Documents d ON d.doc_id = s.doc_id AND s.stage_name = 'OCR' "
    "JOIN Virtual_Paths p ON p.path_id = d.path_id ";

/// SQLite keeps no statistics unless it is told to, and would gather and sort a million finished documents for a page
/// of twenty. Its CROSS JOIN takes the tables in the order they stand in (sqlite.org/optoverview.html#crossjoin).
std::string_view choose_join(db::Session& session, const Filter& filter, std::int64_t total, db::Paging page) {
    if (session.dialect() != db::Dialect::sqlite || !filter.status) return in_any_order;
    const std::int64_t all = look_up_count(session, {.user_id = filter.user_id, .status = {}});
    const std::int64_t of_status = look_up_count(session, {.user_id = {}, .status = filter.status});
    // As many as are gone through when the status is spread evenly over time.
    const double gone_through =
        std::min(static_cast<double>(all), static_cast<double>(page.skip + page.limit) * static_cast<double>(all) /
                                               static_cast<double>(std::max(total, std::int64_t{1})));
    return gone_through <= static_cast<double>(of_status) ? by_time : by_status;
}

}  // namespace

std::optional<std::int64_t> list_version(db::Session& session, std::optional<std::int64_t> user_id) {
    if (session.dialect() != db::Dialect::sqlite) return std::nullopt;
    return session.get<std::int64_t>("SELECT COALESCE(SUM(changes), 0) FROM Document_Counts WHERE user_id = ?",
                                     counted_under(user_id));
}

DocumentList list_documents(db::Session& session, const Filter& filter, db::Paging page) {
    DocumentList list{.total = count(session, filter), .items = {}};
    const std::string sql =
        std::string(
            "SELECT d.doc_id, d.filename, p.full_path, d.uploaded_by_user_id, d.uploaded_at, s.status, "
            "s.error_message ")
            .append(choose_join(session, filter, list.total, page))
            .append(where(filter))
            .append("ORDER BY d.uploaded_at DESC, d.doc_id DESC");
    list.items = with_values<std::vector<DocumentItem>>(
        filter, [&](const auto&... values) { return session.query_page<DocumentItem>(sql, page, values...); });
    return list;
}

}  // namespace nassaq::documents
