#pragma once

#include <string>
#include <string_view>

/// The platform may leave several rows of a document's stage, or of its result. The newest is the one that counts.
namespace nassaq::jobs {

/// A condition: the row of Processing_Status that a statement calls `name` is the newest of its document and stage.
[[nodiscard]] std::string is_newest_of_stage(std::string_view name);

/// A condition: the row of Ocr_Results that a statement calls `name` is the newest of its document.
[[nodiscard]] std::string is_newest_result(std::string_view name);

}  // namespace nassaq::jobs
