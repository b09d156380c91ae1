#pragma once

#include <chrono>
#include <cstddef>
#include <memory>

#include "db/database.hpp"
#include "texts/text_store.hpp"

namespace nassaq::texts {

/// A longer page is kept in several rows. No less than search::most_passage_bytes: the index takes the texts of its
/// passages from the first row of a page.
inline constexpr std::size_t most_page_bytes = std::size_t{64} << 10U;

/// Keeps texts in the tables Document_Text, a row a page, and Document_Text_Parts, the rest of very long pages, for
/// when no document database is configured; on SQLite those that are too long for one transaction elsewhere
/// (SqliteLongTexts). A document's text keeps its id when it is put again.
///
/// Must not be called inside a transaction of `database`. While visit_pages() runs it holds one of its connections, so
/// its visitor must neither use `database` nor wait for a client. put() for a document that is not there throws
/// db::Error (foreign key).
/// @param abandoned_after  When a long text has been written no further for so long, its writer is taken for dead.
std::unique_ptr<TextStore> make_sql_text_store(db::Database& database,
                                               std::chrono::milliseconds abandoned_after = std::chrono::seconds{30});

}  // namespace nassaq::texts
