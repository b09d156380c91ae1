#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "access/entries.hpp"
#include "access/rights.hpp"
#include "api/caller.hpp"
#include "api/refusal.hpp"
#include "db/session.hpp"

namespace nassaq::permissions {

/// A document or a path, as far as the rule needs it.
struct Thing {
    access::Place place;
    std::string full_path;                 ///< Of the path, or of that which the document is in.
    std::optional<std::int64_t> owner_id;  ///< Of a document.

    [[nodiscard]] bool is_document() const { return owner_id.has_value(); }
    [[nodiscard]] access::Decision decide(const access::Rights& rights, access::Action action) const;
    [[nodiscard]] bool may(const access::Rights& rights, access::Action action) const {
        return decide(rights, action).is_allowed;
    }
};

/// Those that the caller may read; others are as good as none: 404.
api::Result<Thing> require_document(db::Session& session, const api::Caller& caller, std::int64_t doc_id);
api::Result<Thing> require_path(db::Session& session, const api::Caller& caller, std::int64_t path_id);
/// That the caller may share it: 403.
api::Result<> require_may_share(const Thing& thing, const api::Caller& caller);

}  // namespace nassaq::permissions
