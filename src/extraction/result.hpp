#pragma once

#include <string>

#include "db/database.hpp"
#include "jobs/stage.hpp"
#include "ocr/document.hpp"

namespace nassaq::extraction {

/// What an extraction leaves in the database: the words of the text in the search index, the row of Ocr_Results and the
/// id of the text, and the pages that are counted. The words of a large text are written before the rest, in many short
/// transactions, and all of it is for the name that the document has by then.
/// @param task  outlives what is returned, which throws std::runtime_error when `task.stop` is requested.
jobs::PrepareResult prepare_result(db::Database& database, const jobs::Task& task, ocr::Document document,
                                   std::string text_id);

}  // namespace nassaq::extraction
