#include "jobs/newest_row.hpp"

#include <fmt/format.h>

namespace nassaq::jobs {
namespace {

constexpr std::string_view always = "1 = 1";

/// The migrations make their unique indexes where the rows that are there let them.
bool has_index(db::Session& session, std::string_view name) {
    switch (session.dialect()) {
        case db::Dialect::postgres:
            return session.get<std::int64_t>(
                       "SELECT COUNT(*) FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid WHERE c.relname = ? "
                       "AND i.indisvalid AND pg_table_is_visible(c.oid)",
                       name) > 0;
        case db::Dialect::mssql:
            return session.get<std::int64_t>("SELECT COUNT(*) FROM sys.indexes WHERE name = ?", name) > 0;
        case db::Dialect::sqlite:
            break;
    }
    return true;
}

}  // namespace

std::string is_newest_of_stage(std::string_view name) {
    return fmt::format(
        "NOT EXISTS (SELECT 1 FROM Processing_Status newer WHERE newer.doc_id = {0}.doc_id "
        "AND newer.stage_name = {0}.stage_name AND newer.status_id > {0}.status_id)",
        name);
}

// A sum cannot be read off the end of the table's primary key, from where a planner may look through all the table for
// a row of the document.
std::string newest_of_ocr(std::string_view doc_id) {
    return fmt::format(
        "(SELECT MAX(newest.status_id + 0) FROM Processing_Status newest "
        "WHERE newest.doc_id = {} AND newest.stage_name = 'OCR')",
        doc_id);
}

std::string newest_result(std::string_view doc_id) {
    return fmt::format("(SELECT MAX(newest.result_id + 0) FROM Ocr_Results newest WHERE newest.doc_id = {})", doc_id);
}

std::string is_newest_of_stage(db::Session& session, std::string_view name) {
    return has_index(session, "uq_processing_status_doc_id_stage") ? std::string(always) : is_newest_of_stage(name);
}

std::string is_newest_result(db::Session& session, std::string_view name) {
    if (has_index(session, "uq_ocr_results_doc_id")) {
        return std::string(always);
    }
    return fmt::format(
        "NOT EXISTS (SELECT 1 FROM Ocr_Results newer WHERE newer.doc_id = {0}.doc_id "
        "AND newer.result_id > {0}.result_id)",
        name);
}

}  // namespace nassaq::jobs
