#include "documents/upload.hpp"

#include <exception>
#include <optional>
#include <utility>
#include <vector>

#include "api/guard.hpp"
#include "audit/audit.hpp"
#include "documents/filename.hpp"
#include "documents/idempotency.hpp"
#include "documents/new_blob.hpp"
#include "documents/place.hpp"
#include "documents/service.hpp"
#include "documents/store.hpp"
#include "jobs/document_events.hpp"
#include "paths/store.hpp"
#include "quotas/service.hpp"
#include "search/indexing.hpp"
#include "search/vocabulary.hpp"

namespace nassaq::documents {
namespace {

using api::refuse;
using api::Result;

Result<std::string> require_filename(std::string_view client_name) {
    auto name = safe_filename(client_name);
    if (!name) {
        return refuse(RefusalCode::filename_invalid, "Invalid filename");
    }
    return std::move(*name);
}

/// An upload that has been checked, on its way to become a document.
struct Upload {
    const api::Caller& caller;
    SpoolFile& content;
    const UploadFields& fields;
    NewDocument document;
    std::optional<std::int64_t> duplicate_of;
    usage::Limits limits;
    std::optional<IdempotentRequest> request;
};

UploadResponse make_answer(const Services& services, const Upload& upload, std::int64_t doc_id) {
    const NewDocument& document = upload.document;
    return {.filename = document.filename,
            .path = services.storage.url(document.place),
            .ctype = std::string(document.content_type),
            .size = document.size,
            .metadata = {.description = upload.fields.description, .full_path = upload.fields.full_path},
            .doc_id = doc_id,
            .sha256 = document.sha256,
            .duplicate_of = upload.duplicate_of};
}

/// Rights and folders may have changed since they were looked at.
Result<> may_still_put(db::Session& session, const api::Caller& actor, const Upload& upload) {
    if (actor.rights == upload.caller.rights) {
        return {};
    }
    const auto path = paths::find_path(session, upload.document.path_id);
    return path ? require_may_put(actor, path->full_path) : refuse_place(PlaceError::no_such_path);
}

Result<UploadResponse> insert_with_job(Services& services, const NewBlob& blob, const Upload& upload) {
    const NewDocument& document = upload.document;
    const auto name =
        search::prepare_name(services.database.dialect(), document.uploaded_by_user_id, document.filename);
    const std::vector locks{jobs::BlobDeletions::lock_of(document.place),
                            search::lock_of_learning(services.database.dialect(), document.uploaded_by_user_id)};
    const auto insert = [&](db::Session& session, const api::Caller& actor) -> Result<UploadResponse> {
        if (blob.is_lost(session)) {
            return refuse_as_not_stored();
        }
        if (auto allowed = may_still_put(session, actor, upload); !allowed) {
            return std::unexpected(std::move(allowed.error()));
        }
        const auto doc_id = insert_document(session, document);
        if (!doc_id) {
            return refuse_place(doc_id.error());
        }
        UploadResponse answer = make_answer(services, upload, *doc_id);
        if (upload.request) {
            record_answer(session, *upload.request, answer);
        }
        search::index_name(session, *doc_id, name);
        if (auto taken = quotas::take_room(services.quota_defaults, session, document.uploaded_by_user_id,
                                           {.bytes = document.size}, upload.limits);
            !taken) {
            return std::unexpected(taken.error());
        }
        jobs::begin_with_upload(session, services.stages,
                                {.doc_id = *doc_id,
                                 .file_path = services.storage.url(document.place),
                                 .filename = document.filename,
                                 .user_id = document.uploaded_by_user_id});
        audit::record(session, audit::Action::document_upload, document.uploaded_by_user_id, *doc_id);
        for (const jobs::Stage* stage : services.stages.of_uploads()) {
            jobs::record_event(session, *doc_id, stage->name);
        }
        return answer;
    };
    return api::transact(services.database, upload.caller, locks, insert);
}

/// Refuses what cannot be stored, before it is, and looks what the document will be beside.
Result<> look_around(Services& services, Upload& upload, const std::string& full_path) {
    NewDocument& document = upload.document;
    const auto around = services.database.read([&](db::Session& session) -> Result<Surroundings> {
        auto found = find_surroundings(session, document, full_path);
        if (!found) {
            return refuse_place(PlaceError::no_such_path);
        }
        if (auto allowed = require_may_put(upload.caller, full_path); !allowed) {
            return std::unexpected(std::move(allowed.error()));
        }
        if (found->namesake) {
            return refuse_place(PlaceError::already_exists);
        }
        const auto limits = quotas::require_room(services.quota_defaults, session, document.uploaded_by_user_id,
                                                 {.bytes = document.size});
        if (!limits) {
            return std::unexpected(limits.error());
        }
        upload.limits = *limits;
        return std::move(*found);
    });
    if (!around) {
        return std::unexpected(around.error());
    }
    document.path_id = around->path_id;
    if (may_read_own(upload.caller)) {
        upload.duplicate_of = around->same_content;
    }
    if (const std::optional<std::string>& same = around->same_place) {
        // Where the storage can, a content that the user has uploaded before takes no place again.
        services.storage.share_bytes(*same, upload.content);
    }
    return {};
}

Result<UploadResponse> store_document(Services& services, Upload& upload, const std::string& full_path) {
    if (auto fits = look_around(services, upload, full_path); !fits) {
        return std::unexpected(fits.error());
    }
    NewDocument& document = upload.document;
    auto stored =
        store_new_blob(services, upload.content,
                       {full_name(full_path, document.filename), alternative_full_name(full_path, document.filename)},
                       document.content_type);
    if (!stored) {
        return std::unexpected(stored.error());
    }
    NewBlob blob(services.blob_deletions, upload.content, std::move(*stored));
    document.place = blob.name();
    auto answer = blob.record_by([&] { return insert_with_job(services, blob, upload); });
    if (answer) {
        services.outbox.notify();
    }
    return answer;
}

/// What the same request was answered first; else what `otherwise` gives.
template <class Otherwise>
Result<UploadResponse> first_answer_or(Services& services, const Upload& upload, Otherwise otherwise) {
    if (upload.request) {
        auto first =
            services.database.read([&](db::Session& session) { return find_first_answer(session, *upload.request); });
        if (!first) {
            return std::unexpected(first.error());
        }
        if (std::optional<UploadResponse>& answer = *first) {
            return std::move(*answer);
        }
    }
    return otherwise();
}

/// What is refused, or fails, may be so because the same request has been stored meanwhile.
Result<UploadResponse> store_once(Services& services, Upload& upload, const std::string& full_path) {
    try {
        auto answer = store_document(services, upload, full_path);
        if (answer) {
            return answer;
        }
        return first_answer_or(services, upload, [&] { return answer; });
    } catch (const std::exception&) {
        return first_answer_or(services, upload, []() -> Result<UploadResponse> { throw; });
    }
}

}  // namespace

Result<UploadResponse> upload_document(Services& services, const api::Caller& caller, SpoolFile& content,
                                       std::string_view name, const UploadFields& fields,
                                       std::optional<std::string_view> idempotency_key) {
    const auto filename = require_filename(name);
    if (!filename) {
        return std::unexpected(filename.error());
    }
    const std::string extension = extension_of(*filename);
    if (auto supported = require_supported(services.settings, extension); !supported) {
        return std::unexpected(supported.error());
    }
    const auto content_type = require_content(content, extension);
    if (!content_type) {
        return std::unexpected(content_type.error());
    }
    Upload upload{.caller = caller,
                  .content = content,
                  .fields = fields,
                  .document = {.filename = *filename,
                               .uploaded_by_user_id = caller.user_id,
                               .size = static_cast<std::int64_t>(content.size()),
                               .content_type = *content_type,
                               .file_type = extension.substr(1),
                               .description = fields.description,
                               .sha256 = content.sha256(),
                               .file_modified_at = fields.file_modified_at}};
    if (idempotency_key) {
        auto request = name_request(caller.user_id, *idempotency_key, *filename, fields, content.sha256());
        if (!request) {
            return std::unexpected(request.error());
        }
        upload.request = std::move(*request);
    }
    return first_answer_or(services, upload, [&] { return store_once(services, upload, path_of(fields)); });
}

}  // namespace nassaq::documents
