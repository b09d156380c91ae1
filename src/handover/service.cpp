#include "handover/service.hpp"

#include <fmt/format.h>

#include <vector>

#include "api/guard.hpp"
#include "audit/audit.hpp"
#include "documents/indexing.hpp"
#include "documents/service.hpp"
#include "handover/giving.hpp"
#include "handover/store.hpp"
#include "homes/service.hpp"
#include "quotas/service.hpp"
#include "search/indexing.hpp"
#include "search/vocabulary.hpp"
#include "users/store.hpp"

namespace nassaq::handover {
namespace {

using api::refuse;
using api::Result;
using documents::StoredDocument;

Result<> require_user(db::Session& session, std::int64_t user_id) {
    return users::find_user(session, user_id) ? Result<>() : refuse(RefusalCode::user_not_found, "User not found");
}

/// Who can be given documents.
Result<> require_successor(db::Session& session, std::int64_t from_user_id, std::int64_t to_user_id) {
    const auto user = users::find_user(session, to_user_id);
    if (!user) {
        return refuse(RefusalCode::user_not_found, "User not found");
    }
    if (!user->is_active || to_user_id == from_user_id) {
        return refuse(RefusalCode::successor_invalid,
                      to_user_id == from_user_id
                          ? "The documents are this user's already."
                          : fmt::format("User {} is not active, and can be given no documents.", to_user_id));
    }
    return {};
}

/// Not by an entry: it is for the owner, and for administrators.
Result<StoredDocument> require_own(db::Session& session, const api::Caller& caller, std::int64_t doc_id) {
    auto document = documents::require_document(session, caller, doc_id);
    if (document && document->uploaded_by_user_id != caller.user_id && !caller.is_admin()) {
        return refuse(RefusalCode::document_forbidden, "You do not have permission to change this document.");
    }
    return document;
}

/// The text's words are taken out before, for they may be very many.
Result<> prepare(Services& services, const api::Caller& caller, std::int64_t doc_id, std::int64_t to_user_id) {
    const auto possible = services.database.read([&](db::Session& session) -> Result<> {
        const auto document = require_own(session, caller, doc_id);
        if (!document) {
            return std::unexpected(document.error());
        }
        return require_successor(session, document->uploaded_by_user_id, to_user_id);
    });
    if (!possible) {
        return possible;
    }
    return documents::remove_most_words(access::Action::document_write, services.database, caller, doc_id);
}

Result<documents::DocumentDetails> give_to(Services& services, db::Session& session, const api::Caller& actor,
                                           std::int64_t doc_id, std::int64_t to_user_id) {
    const auto document = require_own(session, actor, doc_id);
    if (!document) {
        return std::unexpected(document.error());
    }
    if (auto possible = require_successor(session, document->uploaded_by_user_id, to_user_id); !possible) {
        return std::unexpected(possible.error());
    }
    if (!documents::lock_unless_processing(session, doc_id)) {
        return refuse(RefusalCode::document_busy, "Cannot hand over document while it is 'Processing'.");
    }
    const auto limits = quotas::require_room(services.quota_defaults, session, to_user_id, size_of(session, doc_id));
    if (!limits) {
        return std::unexpected(limits.error());
    }
    const usage::Addition size = give(session, *document, to_user_id);
    if (auto taken = quotas::take_room(services.quota_defaults, session, to_user_id, size, *limits); !taken) {
        return std::unexpected(taken.error());
    }
    audit::record(session, audit::Action::document_handover, actor.user_id, doc_id,
                  fmt::format("from user {} to user {}", document->uploaded_by_user_id, to_user_id));
    // NOLINTNEXTLINE(bugprone-unchecked-optional-access): it is locked.
    return documents::find_details(session, doc_id).value();
}

HandOverState state_of(db::Session& session, const Handover& handover) {
    return {.from_user_id = handover.from_user_id,
            .to_user_id = handover.to_user_id,
            .documents_left = size_of_all(session, handover.from_user_id).documents};
}

}  // namespace

Result<documents::DocumentDetails> hand_over_document(Services& services, const api::Caller& caller,
                                                      std::int64_t doc_id, std::int64_t to_user_id) {
    if (auto prepared = prepare(services, caller, doc_id, to_user_id); !prepared) {
        return std::unexpected(prepared.error());
    }
    const std::vector locks{documents::lock_of_document(doc_id),
                            search::lock_of_learning(services.database.dialect(), to_user_id)};
    auto details = api::transact(services.database, caller, locks, [&](db::Session& session, const api::Caller& actor) {
        return give_to(services, session, actor, doc_id, to_user_id);
    });
    if (details) {
        documents::index_text_now(services.database, services.texts, doc_id);
    }
    return details;
}

Result<HandOverState> hand_over_everything(Services& services, const api::Caller& admin, std::int64_t from_user_id,
                                           std::int64_t to_user_id) {
    const auto write_down = [&](db::Session& session, const api::Caller& actor) -> Result<HandOverState> {
        api::lock_user(session, from_user_id);
        if (auto known = require_user(session, from_user_id); !known) {
            return std::unexpected(known.error());
        }
        if (auto possible = require_successor(session, from_user_id, to_user_id); !possible) {
            return std::unexpected(possible.error());
        }
        if (const auto other = find_handover(session, from_user_id)) {
            return refuse(RefusalCode::handover_under_way,
                          fmt::format("What this user has is being handed over to user {}.", other->to_user_id));
        }
        if (const auto room =
                quotas::require_room(services.quota_defaults, session, to_user_id, size_of_all(session, from_user_id));
            !room) {
            return std::unexpected(room.error());
        }
        const Handover handover{.from_user_id = from_user_id, .to_user_id = to_user_id};
        insert_handover(session, handover, actor.user_id, now());
        homes::hand_over_home(session, from_user_id, to_user_id, actor.user_id);
        remove_rights_of(session, from_user_id);
        audit::record(session, audit::Action::user_handover, actor.user_id, from_user_id,
                      fmt::format("to user {}", to_user_id));
        return state_of(session, handover);
    };
    auto state = api::transact(services.database, admin, write_down);
    if (state) {
        services.steps.notify();
    }
    return state;
}

Result<HandOverState> read_handover(Services& services, std::int64_t from_user_id) {
    return services.database.read([&](db::Session& session) -> Result<HandOverState> {
        const auto handover = find_handover(session, from_user_id);
        if (!handover) {
            return refuse(RefusalCode::handover_not_found, "Nothing of this user is being handed over.");
        }
        return state_of(session, *handover);
    });
}

}  // namespace nassaq::handover
