#include "documents/versions.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/guard.hpp"
#include "audit/audit.hpp"
#include "documents/download.hpp"
#include "documents/filename.hpp"
#include "documents/new_blob.hpp"
#include "documents/service.hpp"
#include "documents/store.hpp"
#include "files/old_place.hpp"
#include "files/store.hpp"
#include "http/download.hpp"
#include "jobs/document_events.hpp"
#include "quotas/service.hpp"
#include "search/indexing.hpp"

namespace nassaq::documents {
namespace {

using api::refuse;
using api::Result;
using files::Version;

std::unexpected<api::Refusal> refuse_unknown_version(std::int64_t doc_id, std::int64_t number) {
    return refuse(RefusalCode::version_not_found, fmt::format("Document {} has no version {}.", doc_id, number));
}

std::unexpected<api::Refusal> refuse_as_changed() {
    return refuse(RefusalCode::precondition_failed, "The document has changed");
}

DocumentVersion to_answer(const Version& version, std::int64_t current) {
    return {.version = version.version,
            .is_current = version.version == current,
            .ctype = version.content_type,
            .size = version.file_size,
            .sha256 = version.sha256,
            .created_at = version.created_at,
            .created_by_user_id = version.created_by_user_id,
            .restored_from = version.restored_from};
}

/// Nodes of the version before would take all but the current version for blobs without a document.
Result<> require_finished_upgrade(Services& services, db::Session& session) {
    if (!services.upgrade.is_finished(session)) {
        return refuse(RefusalCode::upgrade_unfinished,
                      "Versions are kept once the upgrade is finished (nassaq migrate --finish).");
    }
    return {};
}

/// Of its owner, whoever makes the version.
Result<usage::Limits> require_room(Services& services, db::Session& session, const StoredDocument& document,
                                   const usage::Addition& addition) {
    return quotas::require_room(services.quota_defaults, session, document.uploaded_by_user_id, addition);
}

/// A document of the platform, or of the version before, has its first version on its own row until it is taken in.
Version first_version_of(const StoredDocument& document) {
    return {.version = 1,
            .place = document.place,
            .file_size = document.size,
            .sha256 = document.sha256,
            .content_type = document.content_type,
            .created_at = document.stored_at,
            .created_by_user_id = document.uploaded_by_user_id,
            .restored_from = {}};
}

Result<Version> require_version(db::Session& session, const StoredDocument& document, std::int64_t number) {
    if (auto version = files::find_version(session, document.doc_id, number)) {
        return std::move(*version);
    }
    if (number == 1 && document.version == 1) {
        return first_version_of(document);
    }
    return refuse_unknown_version(document.doc_id, number);
}

/// For what changes nothing.
Result<DocumentVersion> answer_current(Services& services, const StoredDocument& document) {
    return services.database.read([&](db::Session& session) -> Result<DocumentVersion> {
        const auto current = require_version(session, document, document.version);
        if (!current) {
            return std::unexpected(current.error());
        }
        return to_answer(*current, current->version);
    });
}

/// What is to become the current version of a document.
struct Successor {
    std::string place;
    std::optional<std::int64_t> file_size;
    std::optional<std::string> sha256;
    std::optional<std::string> content_type;
    std::optional<std::int64_t> restored_from;
};

/// Whether restoring it would change nothing.
bool is_current(const Version& version, const StoredDocument& document) {
    return version.version == document.version || (version.sha256 && version.sha256 == document.sha256);
}

Successor restoring(Version earlier) {
    return {.place = std::move(earlier.place),
            .file_size = earlier.file_size,
            .sha256 = std::move(earlier.sha256),
            .content_type = std::move(earlier.content_type),
            .restored_from = earlier.version};
}

void write_rows(db::Session& session, std::int64_t owner_id, std::int64_t doc_id, const Version& version) {
    files::insert_version(session, doc_id, version);
    files::supersede(session, doc_id, owner_id, version.version);
    session.execute(
        "UPDATE Documents SET file_size = ?, content_type = ?, sha256 = ?, blob_name = ?, mongo_doc_id = 'pending', "
        "file_modified_at = NULL, updated_at = ? WHERE doc_id = ?",
        version.file_size, version.content_type, version.sha256, version.place, version.created_at, doc_id);
    session.execute("DELETE FROM Ocr_Results WHERE doc_id = ?", doc_id);
}

/// Of the version before. The index first: a job that is ending at this moment does so, too, and is waited for there.
void forget_text(Services& services, db::Session& session, const StoredDocument& document) {
    search::index_name_again(session, document.doc_id,
                             search::prepare_name(session.dialect(), document.uploaded_by_user_id, document.filename));
    services.texts.forget(session, document.doc_id);
}

void begin_stages(Services& services, db::Session& session, const StoredDocument& document, const std::string& place) {
    for (const jobs::Stage* stage : services.stages.of_uploads()) {
        jobs::begin(session, *stage,
                    {.doc_id = document.doc_id,
                     .file_path = services.storage.url(place),
                     .filename = document.filename,
                     .user_id = document.uploaded_by_user_id,
                     .stage = stage->name});
    }
}

void record_events(Services& services, db::Session& session, std::int64_t doc_id) {
    for (const jobs::Stage* stage : services.stages.of_uploads()) {
        jobs::record_event(session, doc_id, stage->name);
    }
}

/// In the transaction that makes it so. Rows are changed in the order in which the end of a job changes them, so that
/// the two never wait for each other.
Result<DocumentVersion> make_current(Services& services, db::Session& session, const api::Caller& caller,
                                     const StoredDocument& document, const Successor& successor) {
    files::take_in(session, document.doc_id);
    const Version version{.version = document.version + 1,
                          .place = successor.place,
                          .file_size = successor.file_size,
                          .sha256 = successor.sha256,
                          .content_type = successor.content_type,
                          .created_at = now(),
                          .created_by_user_id = caller.user_id,
                          .restored_from = successor.restored_from};
    forget_text(services, session, document);
    write_rows(session, document.uploaded_by_user_id, document.doc_id, version);
    const usage::Addition addition{.bytes = successor.file_size.value_or(0), .documents = 0};
    const auto limits = require_room(services, session, document, addition);
    if (!limits) {
        return std::unexpected(limits.error());
    }
    if (auto taken =
            quotas::take_room(services.quota_defaults, session, document.uploaded_by_user_id, addition, *limits);
        !taken) {
        return std::unexpected(taken.error());
    }
    begin_stages(services, session, document, successor.place);
    audit::record(session,
                  successor.restored_from ? audit::Action::document_version_restore : audit::Action::document_version,
                  caller.user_id, document.doc_id, fmt::format("version {}", version.version));
    record_events(services, session, document.doc_id);
    return to_answer(version, version.version);
}

/// Makes what `choose` gives the current version: called in the transaction, with the document as it is then.
/// @param choose  a Result of a Successor, or of nothing, when the current one is to stay
template <class Choose>
Result<DocumentVersion> replace_current(Services& services, const api::Caller& caller, const StoredDocument& known,
                                        Choose choose) {
    if (auto allowed = remove_most_words(access::Action::document_write, services.database, caller, known.doc_id);
        !allowed) {
        return std::unexpected(allowed.error());
    }
    const auto replace = [&](db::Session& session, const api::Caller& actor) -> Result<std::optional<DocumentVersion>> {
        const auto document = lock_document_to(access::Action::document_write, session, actor, known.doc_id);
        if (!document) {
            return std::unexpected(document.error());
        }
        const Result<std::optional<Successor>> successor = choose(session, *document);
        if (!successor) {
            return std::unexpected(successor.error());
        }
        if (!*successor) {
            return std::nullopt;
        }
        return make_current(services, session, actor, *document, **successor);
    };
    const auto answer = api::transact(services.database, caller, std::vector{lock_of_document(known.doc_id)}, replace);
    if (!answer) {
        return std::unexpected(answer.error());
    }
    services.outbox.notify();
    const std::optional<DocumentVersion>& replaced = *answer;
    return replaced ? Result<DocumentVersion>(*replaced) : answer_current(services, known);
}

/// The document as it is before anything is stored, and an earlier version of the same bytes, if there is one.
struct Before {
    StoredDocument document;
    std::optional<Version> same;
};

Result<Before> look_before(Services& services, const api::Caller& caller, const http::Request& request,
                           std::int64_t doc_id, const SpoolFile& content) {
    return services.database.read([&](db::Session& session) -> Result<Before> {
        auto document = require_document_to(access::Action::document_write, session, caller, doc_id);
        if (!document) {
            return std::unexpected(document.error());
        }
        if (auto finished = require_finished_upgrade(services, session); !finished) {
            return std::unexpected(finished.error());
        }
        if (!http::if_match_holds(request.headers, document->sha256.value_or(""))) {
            return refuse_as_changed();
        }
        const usage::Addition addition{.bytes = static_cast<std::int64_t>(content.size()), .documents = 0};
        if (auto room = require_room(services, session, *document, addition); !room) {
            return std::unexpected(room.error());
        }
        return Before{.document = std::move(*document), .same = files::find_same(session, doc_id, content.sha256())};
    });
}

Result<DocumentVersion> store_version(Services& services, const api::Caller& caller, const http::Request& request,
                                      const StoredDocument& known, SpoolFile& content, std::string_view content_type) {
    auto place =
        store_new_blob(services, content, {alternative_full_name(known.full_path, known.filename)}, content_type);
    if (!place) {
        return std::unexpected(place.error());
    }
    NewBlob blob(services.blob_deletions, content, std::move(*place));
    const auto choose = [&](db::Session& session, const StoredDocument& document) -> Result<std::optional<Successor>> {
        if (!http::if_match_holds(request.headers, document.sha256.value_or(""))) {
            return refuse_as_changed();
        }
        if (blob.is_lost(session)) {
            return refuse_as_not_stored();
        }
        return Successor{.place = blob.name(),
                         .file_size = static_cast<std::int64_t>(content.size()),
                         .sha256 = content.sha256(),
                         .content_type = std::string(content_type),
                         .restored_from = {}};
    };
    return blob.record_by([&] { return replace_current(services, caller, known, choose); });
}

/// @param holds  asked of the document as it is in the transaction
template <class Holds>
Result<DocumentVersion> restore_if(Services& services, const api::Caller& caller, const StoredDocument& known,
                                   std::int64_t number, Holds holds) {
    const auto choose = [&](db::Session& session, const StoredDocument& document) -> Result<std::optional<Successor>> {
        if (!holds(document)) {
            return refuse_as_changed();
        }
        auto version = require_version(session, document, number);
        if (!version) {
            return std::unexpected(version.error());
        }
        return is_current(*version, document) ? std::nullopt : std::optional(restoring(std::move(*version)));
    };
    return replace_current(services, caller, known, choose);
}

}  // namespace

Result<DocumentVersion> put_version(Services& services, const api::Caller& caller, const http::Request& request,
                                    std::int64_t doc_id, SpoolFile& content) {
    const auto before = look_before(services, caller, request, doc_id, content);
    if (!before) {
        return std::unexpected(before.error());
    }
    const auto content_type = require_content(content, extension_of(before->document.filename));
    if (!content_type) {
        return std::unexpected(content_type.error());
    }
    if (const std::optional<Version>& same = before->same) {
        if (is_current(*same, before->document)) {
            return answer_current(services, before->document);
        }
        return restore_if(services, caller, before->document, same->version, [&](const StoredDocument& document) {
            return http::if_match_holds(request.headers, document.sha256.value_or(""));
        });
    }
    return store_version(services, caller, request, before->document, content, *content_type);
}

Result<VersionList> list_versions(Services& services, const api::Caller& caller, std::int64_t doc_id,
                                  const VersionQuery& query) {
    return services.database.read([&](db::Session& session) -> Result<VersionList> {
        const auto document = require_document(session, caller, doc_id);
        if (!document) {
            return std::unexpected(document.error());
        }
        VersionList list{.total = std::max<std::int64_t>(1, files::count_versions(session, doc_id)), .items = {}};
        auto versions = files::list_versions(session, doc_id, {.skip = query.skip, .limit = query.limit});
        if (versions.empty() && query.skip == 0) {
            versions.push_back(first_version_of(*document));
        }
        std::ranges::transform(versions, std::back_inserter(list.items),
                               [&](const Version& version) { return to_answer(version, document->version); });
        return list;
    });
}

Result<http::Response> download_version(Services& services, const api::Caller& caller, const http::Request& request,
                                        std::int64_t doc_id, std::int64_t number, bool is_inline) {
    auto file = services.database.read([&](db::Session& session) -> Result<StoredFile> {
        auto document = require_document(session, caller, doc_id);
        if (!document) {
            return std::unexpected(document.error());
        }
        auto version = require_version(session, *document, number);
        if (!version) {
            return std::unexpected(version.error());
        }
        return StoredFile{.filename = std::move(document->filename),
                          .place = std::move(version->place),
                          .size = version->file_size,
                          .content_type = std::move(version->content_type),
                          .sha256 = std::move(version->sha256),
                          .stored_at = version->created_at,
                          .is_current = number == document->version};
    });
    if (!file) {
        return std::unexpected(file.error());
    }
    return send_file(services, caller, request, doc_id, std::move(*file), is_inline);
}

Result<DocumentVersion> restore_version(Services& services, const api::Caller& caller, std::int64_t doc_id,
                                        std::int64_t number) {
    const auto before = services.database.read([&](db::Session& session) -> Result<Before> {
        if (auto finished = require_finished_upgrade(services, session); !finished) {
            return std::unexpected(finished.error());
        }
        auto document = require_document_to(access::Action::document_write, session, caller, doc_id);
        if (!document) {
            return std::unexpected(document.error());
        }
        auto version = require_version(session, *document, number);
        if (!version) {
            return std::unexpected(version.error());
        }
        const usage::Addition addition{.bytes = version->file_size.value_or(0), .documents = 0};
        if (auto room = require_room(services, session, *document, addition); !room) {
            return std::unexpected(room.error());
        }
        return Before{.document = std::move(*document), .same = std::move(*version)};
    });
    if (!before) {
        return std::unexpected(before.error());
    }
    const std::optional<Version>& chosen = before->same;
    if (chosen && is_current(*chosen, before->document)) {
        return answer_current(services, before->document);
    }
    return restore_if(services, caller, before->document, number, [](const StoredDocument&) { return true; });
}

}  // namespace nassaq::documents
