#pragma once

#include <cstdint>

#include "db/database.hpp"
#include "documents/store.hpp"
#include "texts/text_store.hpp"

/// Documents whose words have gone out of the index, and come back: from the trash, or as somebody else's.
namespace nassaq::documents {

/// The name at once, and the text as soon as it is read again: until then the document counts as one whose index was
/// left unfinished, so that it is not forgotten if this process dies. Holds the lock of learning the owner's words.
void index_again(db::Session& transaction, const StoredDocument& document);
/// To be called after that transaction. What fails here is made up for by the thread that takes up unfinished
/// documents.
void index_text_now(db::Database& database, texts::TextStore& texts, std::int64_t doc_id);

}  // namespace nassaq::documents
