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

access::DocumentPlace place_of(const StoredDocument& document) {
    return {.doc_id = document.doc_id, .owner_id = document.uploaded_by_user_id, .full_path = document.full_path};
}

access::DocumentPlace place_of(const DocumentDetails& document) {
    return {.doc_id = document.doc_id, .owner_id = document.uploaded_by_user_id, .full_path = document.path};
}

}  // namespace

bool may_read_own(const api::Caller& caller) {
    return caller.rights->may_own(access::Action::document_read);
}

Result<StoredDocument> require_document(db::Session& session, const api::Caller& caller, std::int64_t doc_id) {
    auto document = find_document(session, doc_id);
    if (!document || !caller.rights->may(access::Action::document_read, place_of(*document))) {
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

Result<StoredDocument> lock_document_to(access::Action action, db::Session& transaction, const api::Caller& caller,
                                        std::int64_t doc_id) {
    transaction.lock({lock_of_document(doc_id)});
    return require_document_to(action, transaction, caller, doc_id);
}

Result<> require_may(access::Action action, const StoredDocument& document, const api::Caller& caller) {
    if (caller.rights->may(action, place_of(document))) {
        return {};
    }
    if (action == access::Action::document_delete) {
        return refuse(RefusalCode::deletion_forbidden, "You do not have permission to delete this document.");
    }
    return refuse(RefusalCode::document_forbidden, "You do not have permission to change this document.");
}

Result<StoredDocument> require_document_to(access::Action action, db::Session& session, const api::Caller& caller,
                                           std::int64_t doc_id) {
    auto document = require_document(session, caller, doc_id);
    if (document) {
        if (auto allowed = require_may(action, *document, caller); !allowed) {
            return std::unexpected(std::move(allowed.error()));
        }
    }
    return document;
}

Result<> remove_most_words(access::Action action, db::Database& database, const api::Caller& caller,
                           std::int64_t doc_id) {
    Result<> allowed;
    search::remove_most(database, doc_id, [&](db::Session& session) {
        const auto actor = api::admit_again(session, caller);
        const auto document =
            actor ? require_document_to(action, session, *actor, doc_id) : std::unexpected(actor.error());
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
        if (!details || !caller.rights->may(access::Action::document_read, place_of(*details))) {
            return refuse_unknown(doc_id);
        }
        return std::move(*details);
    });
}

}  // namespace nassaq::documents
