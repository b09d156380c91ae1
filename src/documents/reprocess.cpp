#include "documents/reprocess.hpp"

#include "api/guard.hpp"
#include "audit/audit.hpp"
#include "documents/service.hpp"
#include "documents/store.hpp"
#include "jobs/document_events.hpp"
#include "jobs/stage.hpp"
#include "quotas/service.hpp"

namespace nassaq::documents {

using api::Result;

Result<DocumentStatus> reprocess_document(Services& services, const api::Caller& caller, std::int64_t doc_id,
                                          const StageQuery& query) {
    const auto known = require_stage(services.stages, query.stage);
    if (!known) {
        return std::unexpected(known.error());
    }
    const jobs::Stage& stage = **known;
    const auto queue = [&](db::Session& session, const api::Caller& actor) -> Result<DocumentStatus> {
        const auto document = lock_document_to(access::Action::document_write, session, actor, doc_id);
        if (!document) {
            return std::unexpected(document.error());
        }
        if (stage.name == jobs::ocr_stage) {
            if (auto pages = quotas::require_pages(services.quota_defaults, session, document->uploaded_by_user_id);
                !pages) {
                return std::unexpected(pages.error());
            }
        }
        const bool is_begun = jobs::begin_again(session, stage,
                                                {.doc_id = doc_id,
                                                 .file_path = services.storage.url(document->place),
                                                 .filename = document->filename,
                                                 .user_id = document->uploaded_by_user_id,
                                                 .stage = stage.name});
        if (!is_begun) {
            return api::refuse(RefusalCode::document_busy,
                               "Cannot reprocess document while it is Queued or Processing.");
        }
        audit::record(session, audit::Action::document_reprocess, caller.user_id, doc_id);
        DocumentStatus begun = find_status(session, *document, stage.name).value();
        jobs::record_event(session, doc_id, stage.name);
        return begun;
    };
    auto status = api::transact(services.database, caller, queue);
    if (status) {
        services.outbox.notify();
    }
    return status;
}

}  // namespace nassaq::documents
