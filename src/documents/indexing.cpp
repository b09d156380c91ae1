#include "documents/indexing.hpp"

#include <exception>

#include "base/log.hpp"
#include "jobs/search_indexing.hpp"
#include "search/indexing.hpp"

namespace nassaq::documents {

void index_again(db::Session& transaction, const StoredDocument& document) {
    const auto name = search::prepare_name(transaction.dialect(), document.uploaded_by_user_id, document.filename);
    if (document.status == "Finished") {
        search::index_name_for_now(transaction, document.doc_id, name);
    } else {
        search::index_name(transaction, document.doc_id, name);
    }
}

void index_text_now(db::Database& database, texts::TextStore& texts, std::int64_t doc_id) {
    try {
        jobs::SearchIndexing(database, texts).index(doc_id);
    } catch (const std::exception& error) {
        log::info("the text of a document is indexed later", {{"doc_id", doc_id}, {"error", error.what()}});
    }
}

}  // namespace nassaq::documents
