#include "handover/giving.hpp"

#include "documents/indexing.hpp"
#include "handover/store.hpp"
#include "jobs/document_events.hpp"
#include "jobs/stage.hpp"
#include "search/indexing.hpp"
#include "usage/counting.hpp"

namespace nassaq::handover {

usage::Addition give(db::Session& transaction, const documents::StoredDocument& document, std::int64_t to_user_id) {
    const std::int64_t doc_id = document.doc_id;
    const usage::Addition size = size_of(transaction, doc_id);
    usage::remove_document(transaction, doc_id);
    search::remove_document(transaction, doc_id);
    set_owner(transaction, doc_id, to_user_id);
    documents::StoredDocument given = document;
    given.uploaded_by_user_id = to_user_id;
    documents::index_again(transaction, given);
    jobs::record_event(transaction, doc_id, jobs::ocr_stage);
    return size;
}

}  // namespace nassaq::handover
