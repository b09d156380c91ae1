#pragma once

#include <string>
#include <string_view>

#include "db/session.hpp"

/// The platform may leave several rows of a document's stage, or of its result. The newest is the one that counts.
namespace nassaq::jobs {

/// A condition: the row of Processing_Status that a statement calls `name` is the newest of its document and stage.
[[nodiscard]] std::string is_newest_of_stage(std::string_view name);

/// The same for statements that go through very many rows: one that is always true where an index lets no second row
/// in, as in every database that the platform has not made. Asks the database for it, once for each call.
[[nodiscard]] std::string is_newest_of_stage(db::Session& session, std::string_view name);
/// Likewise that the row of Ocr_Results is the newest of its document.
[[nodiscard]] std::string is_newest_result(db::Session& session, std::string_view name);

}  // namespace nassaq::jobs
