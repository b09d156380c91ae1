#include "permissions/thing.hpp"

#include <fmt/format.h>

#include <utility>

#include "documents/service.hpp"
#include "paths/store.hpp"

namespace nassaq::permissions {

access::Decision Thing::decide(const access::Rights& rights, access::Action action) const {
    if (owner_id) {
        return rights.decide(action, {.doc_id = place.id, .owner_id = *owner_id, .full_path = full_path});
    }
    return rights.decide(action, full_path);
}

api::Result<Thing> require_document(db::Session& session, const api::Caller& caller, std::int64_t doc_id) {
    auto document = documents::require_document(session, caller, doc_id);
    if (!document) {
        return std::unexpected(std::move(document.error()));
    }
    return Thing{.place = {.kind = access::document_kind, .id = doc_id},
                 .full_path = std::move(document->full_path),
                 .owner_id = document->uploaded_by_user_id};
}

api::Result<Thing> require_path(db::Session& session, const api::Caller& caller, std::int64_t path_id) {
    auto path = paths::find_path(session, path_id);
    if (!path || !caller.rights->may(access::Action::path_read, path->full_path)) {
        return api::refuse(RefusalCode::path_not_found, fmt::format("Path with id of '{}' doesn't exists.", path_id));
    }
    return Thing{
        .place = {.kind = access::path_kind, .id = path_id}, .full_path = std::move(path->full_path), .owner_id = {}};
}

api::Result<> require_may_share(const Thing& thing, const api::Caller& caller) {
    const auto action = thing.is_document() ? access::Action::document_share : access::Action::path_share;
    if (!thing.may(*caller.rights, action)) {
        return api::refuse(RefusalCode::sharing_forbidden, "You do not have permission to share this.");
    }
    return {};
}

}  // namespace nassaq::permissions
