#include "documents/statistics.hpp"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "documents/store.hpp"
#include "jobs/newest_row.hpp"
#include "jobs/stage.hpp"

namespace nassaq::documents {
namespace {

struct TypeRow {
    std::optional<std::string> file_type;
    std::int64_t documents = 0;
    std::int64_t bytes = 0;
};
BOOST_DESCRIBE_STRUCT(TypeRow, (), (file_type, documents, bytes))

struct StatusRow {
    std::string status;
    std::int64_t documents = 0;
};
BOOST_DESCRIBE_STRUCT(StatusRow, (), (status, documents))

struct LanguageRow {
    std::string language;
    std::int64_t documents = 0;
    std::int64_t pages = 0;
    std::int64_t words = 0;
};
BOOST_DESCRIBE_STRUCT(LanguageRow, (), (language, documents, pages, words))

constexpr std::string_view unknown = "unknown";

/// How to count the documents of one user, and all of them: in SQLite from the numbers that triggers keep
/// (migrations 9 and 19), elsewhere by going through an index.
struct CountQueries {
    std::string of_user;
    std::string of_all_kept;
    std::string of_all;
};

template <class Row>
std::vector<Row> run(db::Session& session, const CountQueries& queries, std::optional<std::int64_t> user_id) {
    if (user_id) {
        return session.query<Row>(queries.of_user, *user_id);
    }
    return session.query<Row>(session.dialect() == db::Dialect::sqlite ? queries.of_all_kept : queries.of_all);
}

void count_types(db::Session& session, std::optional<std::int64_t> user_id, Statistics& statistics) {
    const CountQueries queries{
        .of_user =
            "SELECT file_type, COUNT(*), COALESCE(SUM(file_size), 0) FROM Documents WHERE uploaded_by_user_id = ? "
            "GROUP BY file_type",
        .of_all_kept = "SELECT file_type, documents, bytes FROM Type_Counts WHERE documents > 0",
        .of_all = "SELECT file_type, COUNT(*), COALESCE(SUM(file_size), 0) FROM Documents GROUP BY file_type"};
    const auto rows = run<TypeRow>(session, queries, user_id);
    for (const TypeRow& row : rows) {
        const std::string type = bare_extension(row.file_type).value_or("");
        statistics.by_type[type.empty() ? std::string(unknown) : type] += row.documents;
        statistics.documents += row.documents;
        statistics.bytes += row.bytes;
    }
}

std::vector<StatusRow> count_statuses_of(db::Session& session, std::optional<std::int64_t> user_id,
                                         std::string_view stage) {
    if (!user_id && stage == jobs::ocr_stage && session.dialect() == db::Dialect::sqlite) {
        return session.query<StatusRow>(
            "SELECT status, documents FROM Document_Counts WHERE user_id = 0 AND status <> '' AND documents > 0");
    }
    const std::string newest = jobs::is_newest_of_stage(session, "s");
    if (!user_id) {
        return session.query<StatusRow>(
            fmt::format("SELECT s.status, COUNT(*) FROM Processing_Status s "
                        "WHERE s.stage_name = CAST(? AS VARCHAR(50)) AND {} GROUP BY s.status",
                        newest),
            stage);
    }
    return session.query<StatusRow>(
        fmt::format(
            "SELECT s.status, COUNT(*) FROM Documents d JOIN Processing_Status s ON s.doc_id = d.doc_id "
            "WHERE d.uploaded_by_user_id = ? AND s.stage_name = CAST(? AS VARCHAR(50)) AND {} GROUP BY s.status",
            newest),
        *user_id, stage);
}

void count_statuses(db::Session& session, std::optional<std::int64_t> user_id, std::string_view stage,
                    Statistics& statistics) {
    for (const std::string_view status : statuses) {
        statistics.by_status[std::string(status)] = 0;
    }
    for (const StatusRow& row : count_statuses_of(session, user_id, stage)) {
        statistics.by_status[row.status] = row.documents;
    }
}

void count_languages(db::Session& session, std::optional<std::int64_t> user_id, Statistics& statistics) {
    const std::string newest = jobs::is_newest_result(session, "r");
    const CountQueries queries{
        .of_user =
            "SELECT r.primary_language, COUNT(*), SUM(CAST(r.page_count AS BIGINT)), "
            "SUM(CAST(r.word_count AS BIGINT)) FROM Documents d JOIN Ocr_Results r ON r.doc_id = d.doc_id "
            "WHERE d.uploaded_by_user_id = ? AND " +
            newest + " GROUP BY r.primary_language",
        .of_all_kept = "SELECT primary_language, documents, pages, words FROM Language_Counts WHERE documents > 0",
        .of_all =
            "SELECT r.primary_language, COUNT(*), SUM(CAST(r.page_count AS BIGINT)), "
            "SUM(CAST(r.word_count AS BIGINT)) FROM Ocr_Results r WHERE " +
            newest + " GROUP BY r.primary_language"};
    const auto rows = run<LanguageRow>(session, queries, user_id);
    for (const LanguageRow& row : rows) {
        statistics.by_language[row.language.empty() ? std::string(unknown) : row.language] += row.documents;
        statistics.pages += row.pages;
        statistics.words += row.words;
    }
}

}  // namespace

Statistics count_documents(db::Session& session, std::optional<std::int64_t> user_id, std::string_view stage) {
    Statistics statistics;
    count_types(session, user_id, statistics);
    count_statuses(session, user_id, stage, statistics);
    count_languages(session, user_id, statistics);
    return statistics;
}

}  // namespace nassaq::documents
