#include "documents/statistics.hpp"

#include <string>
#include <string_view>

#include "documents/store.hpp"

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

/// What groups the rows of a table: of one user's documents, or of all.
template <class Row>
std::vector<Row> group(db::Session& session, std::string_view select, std::string_view from_of_user,
                       std::string_view from_all, std::string_view group_by, std::optional<std::int64_t> user_id) {
    std::string sql(select);
    if (user_id) {
        return session.query<Row>(sql.append(from_of_user).append(group_by), *user_id);
    }
    return session.query<Row>(sql.append(from_all).append(group_by));
}

void count_types(db::Session& session, std::optional<std::int64_t> user_id, Statistics& statistics) {
    const auto rows = group<TypeRow>(session, "SELECT file_type, COUNT(*), COALESCE(SUM(file_size), 0) ",
                                     "FROM Documents WHERE uploaded_by_user_id = ? ", "FROM Documents ",
                                     "GROUP BY file_type", user_id);
    for (const TypeRow& row : rows) {
        const std::string type = bare_extension(row.file_type).value_or("");
        statistics.by_type[type.empty() ? std::string(unknown) : type] += row.documents;
        statistics.documents += row.documents;
        statistics.bytes += row.bytes;
    }
}

void count_statuses(db::Session& session, std::optional<std::int64_t> user_id, Statistics& statistics) {
    for (const std::string_view status : statuses) {
        statistics.by_status[std::string(status)] = 0;
    }
    const auto rows =
        group<StatusRow>(session, "SELECT s.status, COUNT(*) ",
                         "FROM Documents d JOIN Processing_Status s ON s.doc_id = d.doc_id "
                         "WHERE d.uploaded_by_user_id = ? AND s.stage_name = 'OCR' ",
                         "FROM Processing_Status s WHERE s.stage_name = 'OCR' ", "GROUP BY s.status", user_id);
    for (const StatusRow& row : rows) {
        statistics.by_status[row.status] = row.documents;
    }
}

void count_languages(db::Session& session, std::optional<std::int64_t> user_id, Statistics& statistics) {
    const auto rows = group<LanguageRow>(
        session,
        "SELECT r.primary_language, COUNT(*), SUM(CAST(r.page_count AS BIGINT)), SUM(CAST(r.word_count AS BIGINT)) ",
        "FROM Documents d JOIN Ocr_Results r ON r.doc_id = d.doc_id WHERE d.uploaded_by_user_id = ? ",
        "FROM Ocr_Results r ", "GROUP BY r.primary_language", user_id);
    for (const LanguageRow& row : rows) {
        statistics.by_language[row.language.empty() ? std::string(unknown) : row.language] += row.documents;
        statistics.pages += row.pages;
        statistics.words += row.words;
    }
}

}  // namespace

Statistics count_documents(db::Session& session, std::optional<std::int64_t> user_id) {
    Statistics statistics;
    count_types(session, user_id, statistics);
    count_statuses(session, user_id, statistics);
    count_languages(session, user_id, statistics);
    return statistics;
}

}  // namespace nassaq::documents
