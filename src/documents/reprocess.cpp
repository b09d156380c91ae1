#include "documents/reprocess.hpp"

#include "api/guard.hpp"
#include "audit/audit.hpp"
#include "documents/service.hpp"
#include "documents/store.hpp"
#include "http/problem.hpp"
#include "jobs/document_events.hpp"
#include "jobs/stage.hpp"
#include "quotas/service.hpp"

namespace nassaq::documents {
DocumentStatus reprocess_document(api::Services& services, const api::Caller& caller, std::int64_t doc_id,
                                  const StageQuery& query) {
    const jobs::Stage& stage = require_stage(services.stages, query.stage);
    auto status = api::transact(services, caller, [&](db::Session& session, const api::Caller& actor) {
        const StoredDocument document = lock_document(session, actor, doc_id);
        if (stage.name == jobs::ocr_stage) {
            quotas::require_pages(services, session, document.uploaded_by_user_id);
        }
        const bool is_begun = jobs::begin_again(session, stage,
                                                {.doc_id = doc_id,
                                                 .file_path = services.storage.url(blob_name_of(document)),
                                                 .filename = document.filename,
                                                 .user_id = document.uploaded_by_user_id,
                                                 .stage = stage.name});
        if (!is_begun) {
            throw http::Problem(409, "Cannot reprocess document while it is Queued or Processing.");
        }
        audit::record(session, audit::Action::document_reprocess, caller.user_id, doc_id);
        auto begun = find_status(session, document, stage.name).value();
        jobs::record_event(session, doc_id, stage.name);
        return begun;
    });
    services.outbox.notify();
    return status;
}

}  // namespace nassaq::documents
