#include "documents/reprocess.hpp"

#include "api/guard.hpp"
#include "audit/audit.hpp"
#include "documents/extraction_job.hpp"
#include "documents/service.hpp"
#include "documents/store.hpp"
#include "jobs/document_events.hpp"
#include "jobs/job_store.hpp"
#include "quotas/service.hpp"

namespace nassaq::documents {

using api::Result;

Result<DocumentStatus> reprocess_document(Services& services, const api::Caller& caller, std::int64_t doc_id) {
    const auto queue = [&](db::Session& session, const api::Caller& actor) -> Result<DocumentStatus> {
        const auto document = lock_document(session, actor, doc_id);
        if (!document) {
            return std::unexpected(document.error());
        }
        if (auto pages = quotas::require_pages(services.quota_defaults, session, document->uploaded_by_user_id);
            !pages) {
            return std::unexpected(pages.error());
        }
        if (!jobs::queue_again(session, doc_id)) {
            return api::refuse(RefusalCode::document_busy,
                               "Cannot reprocess document while it is Queued or Processing.");
        }
        enqueue_extraction(services, session,
                           {.doc_id = doc_id,
                            .file_path = services.storage.url(blob_name_of(*document)),
                            .filename = document->filename,
                            .user_id = document->uploaded_by_user_id});
        audit::record(session, audit::Action::document_reprocess, caller.user_id, doc_id);
        DocumentStatus queued = find_status(session, *document).value();
        jobs::record_event(session, doc_id);
        return queued;
    };
    auto status = api::transact(services.database, caller, queue);
    if (status) {
        services.outbox.notify();
    }
    return status;
}

}  // namespace nassaq::documents
