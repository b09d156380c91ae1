#include "trash/restoring.hpp"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/guard.hpp"
#include "audit/audit.hpp"
#include "base/free_name.hpp"
#include "documents/filename.hpp"
#include "documents/indexing.hpp"
#include "documents/place.hpp"
#include "documents/service.hpp"
#include "documents/store.hpp"
#include "documents/update.hpp"
#include "jobs/document_events.hpp"
#include "jobs/queued_document.hpp"
#include "paths/store.hpp"
#include "quotas/service.hpp"
#include "search/indexing.hpp"
#include "search/vocabulary.hpp"
#include "trash/service.hpp"
#include "trash/store.hpp"

namespace nassaq::trash {
namespace {

using api::refuse;
using api::Result;

/// A longer text is brought into the index by the thread that takes up unfinished documents, within a minute.
constexpr std::int64_t most_pages_at_once = 200;

/// Where a document is to come back.
struct Target {
    std::string filename;
    std::int64_t path_id = 0;
};

std::string free_name(db::Session& session, const std::string& filename, std::int64_t path_id) {
    const std::string_view extension = documents::raw_extension_of(filename);
    return text::free_name(std::string_view(filename).substr(0, filename.size() - extension.size()), extension,
                           [&](const std::string& candidate) { return is_name_taken(session, candidate, path_id); });
}

std::unexpected<api::Refusal> refuse_name(db::Session& session, const Target& target) {
    const std::string free = free_name(session, target.filename, target.path_id);
    auto refusal =
        refuse(RefusalCode::restore_name_taken,
               fmt::format("A document with this filename already exists at the specified path. '{}' is free.", free));
    refusal.error().more["proposed_filename"] = free;
    return refusal;
}

std::unexpected<api::Refusal> refuse_path(const TrashedDocument& document) {
    return refuse(
        RefusalCode::restore_path_gone,
        fmt::format("The path '{}' does not exist any more: name another one as full_path.", document.full_path));
}

Result<std::int64_t> path_for(db::Session& session, const api::Caller& actor, const TrashedDocument& document,
                              const RestoreQuery& query) {
    if (query.full_path) {
        return documents::require_path(session, actor,
                                       query.full_path->empty() ? std::string(paths::root) : *query.full_path);
    }
    // It may be called otherwise by now, and there may be another one in its place.
    const auto same_path = paths::find_path(session, document.path_id);
    const std::string& full_path = same_path ? same_path->full_path : document.full_path;
    if (!same_path && !paths::find_path_id(session, full_path)) {
        return refuse_path(document);
    }
    return documents::require_path(session, actor, full_path);
}

Result<Target> target_for(const Services& services, db::Session& session, const api::Caller& actor,
                          const TrashedDocument& document, const RestoreQuery& query) {
    Target target{.filename = document.filename, .path_id = 0};
    if (query.filename) {
        auto name = documents::require_new_filename(*query.filename);
        if (!name) {
            return std::unexpected(name.error());
        }
        if (auto same =
                documents::require_same_type(services.settings, document.filename, document.content_type, *name);
            !same) {
            return std::unexpected(same.error());
        }
        target.filename = std::move(*name);
    }
    const auto path_id = path_for(session, actor, document, query);
    if (!path_id) {
        return std::unexpected(path_id.error());
    }
    target.path_id = *path_id;
    if (is_name_taken(session, target.filename, target.path_id)) {
        return refuse_name(session, target);
    }
    return target;
}

/// The messages of what waits were dropped with the document.
void send_messages(Services& services, db::Session& session, std::int64_t doc_id) {
    for (const jobs::Stage& stage : services.stages.all()) {
        if (const auto waiting = jobs::find_waiting_document(session, stage, doc_id)) {
            jobs::send(session, stage, jobs::to_message(*waiting, stage.name, services.storage), now());
        }
    }
}

Result<> take_room(Services& services, db::Session& session, const TrashedDocument& document) {
    const usage::Addition addition{.bytes = document.bytes, .documents = 1};
    const std::int64_t owner = document.uploaded_by_user_id;
    const auto limits = quotas::require_room(services.quota_defaults, session, owner, addition);
    if (!limits) {
        return std::unexpected(limits.error());
    }
    return quotas::take_room(services.quota_defaults, session, owner, addition, *limits);
}

Result<documents::DocumentDetails> bring_back(Services& services, db::Session& session, const api::Caller& actor,
                                              const TrashedDocument& document, const Target& target,
                                              const db::ForeignKeyList& foreign_keys) {
    const std::int64_t doc_id = document.doc_id;
    if (const auto back = copy_back(session, document, target.filename, target.path_id, foreign_keys); !back) {
        return documents::refuse_place(back.error() == RestoreError::name_taken ? documents::PlaceError::already_exists
                                                                                : documents::PlaceError::no_such_path);
    }
    services.texts.bring_back(session, doc_id);
    remove_from_trash_later(session, doc_id);
    // NOLINTNEXTLINE(bugprone-unchecked-optional-access): it has just been inserted.
    documents::index_again(session, documents::find_document(session, doc_id).value());
    if (auto taken = take_room(services, session, document); !taken) {
        return std::unexpected(taken.error());
    }
    send_messages(services, session, doc_id);
    // NOLINTNEXTLINE(bugprone-unchecked-optional-access): as above.
    auto details = documents::find_details(session, doc_id).value();
    audit::record(session, audit::Action::document_restore, actor.user_id, doc_id, target.filename);
    jobs::record_event(session, doc_id, jobs::ocr_stage);
    return details;
}

Result<documents::DocumentDetails> restore_rows(Services& services, const api::Caller& caller,
                                                const TrashedDocument& known, const RestoreQuery& query,
                                                const db::ForeignKeyList& foreign_keys) {
    const std::vector locks{documents::lock_of_document(known.doc_id),
                            search::lock_of_learning(services.database.dialect(), known.uploaded_by_user_id)};
    const auto restore = [&](db::Session& session, const api::Caller& actor) -> Result<documents::DocumentDetails> {
        const auto document = require_restorable(session, actor, known.doc_id);
        if (!document) {
            return std::unexpected(document.error());
        }
        const auto target = target_for(services, session, actor, *document, query);
        if (!target) {
            return std::unexpected(target.error());
        }
        return bring_back(services, session, actor, *document, *target, foreign_keys);
    };
    return api::transact(services.database, caller, locks, restore);
}

}  // namespace

Result<documents::DocumentDetails> restore_document(Services& services, const api::Caller& caller, std::int64_t doc_id,
                                                    const RestoreQuery& query) {
    const auto known =
        services.database.read([&](db::Session& session) { return require_restorable(session, caller, doc_id); });
    if (!known) {
        return std::unexpected(known.error());
    }
    auto details = restore_rows(services, caller, *known, query, *services.foreign_keys.known());
    if (!details) {
        return details;
    }
    if (known->pages <= most_pages_at_once) {
        documents::index_text_now(services.database, services.texts, doc_id);
    }
    services.outbox.notify();
    return details;
}

}  // namespace nassaq::trash
