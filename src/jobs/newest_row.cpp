#include "jobs/newest_row.hpp"

#include <fmt/format.h>

namespace nassaq::jobs {

std::string is_newest_of_stage(std::string_view name) {
    return fmt::format(
        "NOT EXISTS (SELECT 1 FROM Processing_Status newer WHERE newer.doc_id = {0}.doc_id "
        "AND newer.stage_name = {0}.stage_name AND newer.status_id > {0}.status_id)",
        name);
}

std::string is_newest_result(std::string_view name) {
    return fmt::format(
        "NOT EXISTS (SELECT 1 FROM Ocr_Results newer WHERE newer.doc_id = {0}.doc_id "
        "AND newer.result_id > {0}.result_id)",
        name);
}

}  // namespace nassaq::jobs
