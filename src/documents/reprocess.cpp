#include "documents/reprocess.hpp"

#include "api/guard.hpp"
#include "audit/audit.hpp"
#include "documents/extraction_job.hpp"
#include "documents/service.hpp"
#include "documents/store.hpp"
#include "http/problem.hpp"
#include "jobs/document_events.hpp"
#include "jobs/job_store.hpp"
#include "quotas/service.hpp"

namespace nassaq::documents {

DocumentStatus reprocess_document(api::Services& services, const api::Caller& caller, std::int64_t doc_id) {
    auto status = api::transact(services, caller, [&](db::Session& session, const api::Caller& actor) {
        const StoredDocument document = lock_document(session, actor, doc_id);
        quotas::require_pages(services, session, document.uploaded_by_user_id);
        if (!jobs::queue_again(session, doc_id)) {
            throw http::Problem(409, "Cannot reprocess document while it is Queued or Processing.");
        }
        enqueue_extraction(services, session,
                           {.doc_id = doc_id,
                            .file_path = services.storage.url(blob_name_of(document)),
                            .filename = document.filename,
                            .user_id = document.uploaded_by_user_id});
        audit::record(session, audit::Action::document_reprocess, caller.user_id, doc_id);
        DocumentStatus queued = find_status(session, document).value();
        jobs::record_event(session, doc_id);
        return queued;
    });
    services.outbox.notify();
    return status;
}

}  // namespace nassaq::documents
