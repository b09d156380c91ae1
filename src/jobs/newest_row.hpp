#pragma once

#include <string>
#include <string_view>

#include "db/session.hpp"

/// The platform may leave several rows of a document's stage, or of its result. The newest is the one that counts.
namespace nassaq::jobs {

/// A condition: the row of Processing_Status that a statement calls `name` is the newest of its document and stage.
[[nodiscard]] std::string is_newest_of_stage(std::string_view name);

/// A value: the status_id of the newest row of the OCR of the document that a statement calls `doc_id`, or NULL.
[[nodiscard]] std::string newest_of_ocr(std::string_view doc_id);
/// Likewise the result_id of its newest row of Ocr_Results.
[[nodiscard]] std::string newest_result(std::string_view doc_id);

/// The condition for statements that go through very many rows: one that is always true where an index lets no second
/// row in, as in every database that the platform has not made. Asks the database for it, once for each call.
[[nodiscard]] std::string is_newest_of_stage(db::Session& session, std::string_view name);
/// Likewise that the row of Ocr_Results is the newest of its document.
[[nodiscard]] std::string is_newest_result(db::Session& session, std::string_view name);

}  // namespace nassaq::jobs
