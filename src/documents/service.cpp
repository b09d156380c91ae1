#include "documents/service.hpp"

#include <fmt/format.h>

#include "api/guard.hpp"
#include "search/indexing.hpp"

namespace nassaq::documents {
namespace {

using api::refuse;
using api::Result;

std::unexpected<api::Refusal> refuse_unknown(std::int64_t doc_id) {
    return refuse(RefusalCode::document_not_found, fmt::format("Document with id {} not found.", doc_id));
}

bool may_see(const api::Caller& caller, std::int64_t owner_id) {
    return owner_id == caller.user_id || caller.is_admin();
}

}  // namespace

std::optional<std::int64_t> visible_owner(const api::Caller& caller) {
    return caller.is_admin() ? std::nullopt : std::optional(caller.user_id);
}

Result<StoredDocument> require_document(db::Session& session, const api::Caller& caller, std::int64_t doc_id) {
    auto document = find_document(session, doc_id);
    if (!document || !may_see(caller, document->uploaded_by_user_id)) {
        return refuse_unknown(doc_id);
    }
    return std::move(*document);
}

Result<StoredDocument> require_document(Services& services, const api::Caller& caller, std::int64_t doc_id) {
    return services.database.read([&](db::Session& session) { return require_document(session, caller, doc_id); });
}

db::Lock lock_of_document(std::int64_t doc_id) {
    return {.name = fmt::format("document {}", doc_id)};
}

Result<StoredDocument> lock_document(db::Session& transaction, const api::Caller& caller, std::int64_t doc_id) {
    transaction.lock({lock_of_document(doc_id)});
    return require_document(transaction, caller, doc_id);
}

Result<> require_may_delete(const StoredDocument& document, const api::Caller& caller) {
    if (!may_see(caller, document.uploaded_by_user_id)) {
        return refuse(RefusalCode::deletion_forbidden, "You do not have permission to delete this document.");
    }
    return {};
}

Result<StoredDocument> require_deletable(db::Session& session, const api::Caller& caller, std::int64_t doc_id) {
    auto document = require_document(session, caller, doc_id);
    if (document) {
        if (auto allowed = require_may_delete(*document, caller); !allowed) {
            return std::unexpected(std::move(allowed.error()));
        }
    }
    return document;
}

Result<> remove_most_words(db::Database& database, const api::Caller& caller, std::int64_t doc_id,
                           Result<StoredDocument> (*require)(db::Session&, const api::Caller&, std::int64_t)) {
    Result<> allowed;
    search::remove_most(database, doc_id, [&](db::Session& session) {
        const auto actor = api::admit_again(session, caller);
        const auto document = actor ? require(session, *actor, doc_id) : std::unexpected(actor.error());
        if (!document) {
            allowed = std::unexpected(document.error());
        }
        return allowed.has_value();
    });
    return allowed;
}

Result<const jobs::Stage*> require_stage(const jobs::Stages& stages, std::string_view name) {
    const jobs::Stage* stage = stages.find(name);
    if (stage == nullptr) {
        return refuse(RefusalCode::stage_unknown, fmt::format("Unknown stage '{}'. Stages: {}", name, stages.names()));
    }
    return stage;
}

Result<DocumentStatus> read_status(Services& services, const api::Caller& caller, std::int64_t doc_id) {
    return services.database.read([&](db::Session& session) -> Result<DocumentStatus> {
        const auto document = require_document(session, caller, doc_id);
        if (!document) {
            return std::unexpected(document.error());
        }
        auto status = find_status(session, *document, jobs::ocr_stage);
        if (!status) {
            return refuse_unknown(doc_id);
        }
        return std::move(*status);
    });
}

Result<DocumentDetails> read_details(Services& services, const api::Caller& caller, std::int64_t doc_id) {
    return services.database.read([&](db::Session& session) -> Result<DocumentDetails> {
        auto details = find_details(session, doc_id);
        if (!details || !may_see(caller, details->uploaded_by_user_id)) {
            return refuse_unknown(doc_id);
        }
        return std::move(*details);
    });
}

}  // namespace nassaq::documents
