#pragma once

#include <memory>

#include "db/database.hpp"
#include "texts/text_store.hpp"

namespace nassaq::texts {

/// Keeps texts in the table Document_Text, a row a page, for when no document database is configured. A document's text
/// keeps its id when it is put again.
///
/// Must not be called inside a transaction of `database`. While visit_pages() runs it holds one of its connections, so
/// its visitor must neither use `database` nor wait for a client. put() for a document that is not there throws
/// db::Error (foreign key).
std::unique_ptr<TextStore> make_sql_text_store(db::Database& database);

}  // namespace nassaq::texts
