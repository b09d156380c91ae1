#include "imports/local_target.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <utility>

#include "db/error.hpp"
#include "documents/filename.hpp"
#include "documents/place.hpp"
#include "documents/same_content.hpp"
#include "documents/upload.hpp"
#include "paths/service.hpp"
#include "paths/store.hpp"

namespace nassaq::imports {
namespace {

Failure::Kind kind_of(RefusalCode code) {
    switch (code) {
        case RefusalCode::storage_failed:
        case RefusalCode::database_unavailable:
        case RefusalCode::server_busy:
            return Failure::Kind::for_now;
        case RefusalCode::storage_full:
        case RefusalCode::quota_bytes:
        case RefusalCode::quota_documents:
        case RefusalCode::account_pending:
        case RefusalCode::credentials_invalid:
            return Failure::Kind::of_import;
        default:
            return Failure::Kind::of_file;
    }
}

std::string sentence_of(const boost::json::value& detail) {
    const auto* text = detail.if_string();
    return text != nullptr ? std::string(*text) : boost::json::serialize(detail);
}

Failure to_failure(const api::Refusal& refusal) {
    return {.kind = kind_of(refusal.code), .reason = sentence_of(refusal.detail)};
}

/// The owner, as the guard would let them in: whoever may run this may act for anybody who is active.
std::optional<api::Caller> find_owner(db::Session& session, std::int64_t owner_id) {
    const security::Claims token{.subject = owner_id, .issued_at = std::chrono::ceil<std::chrono::seconds>(now())};
    auto owner = api::find_caller(session, token);
    if (owner) {
        owner->level = api::Level::active_user;
        owner->may_outlive_token = true;
        api::read_rights(session, *owner);
    }
    return owner;
}

std::optional<std::int64_t> find_same(db::Session& session, std::int64_t owner_id, const Candidate& candidate) {
    const auto copies = documents::find_same_content(session, owner_id, candidate.content.sha256());
    const auto same = std::ranges::find(copies, candidate.full_path, &documents::ContentCopy::path);
    return same == copies.end() ? std::nullopt : std::optional(same->doc_id);
}

}  // namespace

LocalTarget::LocalTarget(documents::Services services, db::ForeignKeys& foreign_keys, std::int64_t owner_id)
    : services_(services), paths_{.database = services.database, .foreign_keys = foreign_keys}, owner_id_(owner_id) {}

std::optional<std::string> LocalTarget::foresee_refusal(std::string_view filename, std::int64_t size) const {
    if (auto supported = documents::require_supported(services_.settings, documents::extension_of(filename));
        !supported) {
        return sentence_of(supported.error().detail);
    }
    const std::uint64_t most = services_.settings.max_upload_bytes;
    if (static_cast<std::uint64_t>(size) > most) {
        constexpr std::uint64_t mebibyte = 1U << 20U;
        return fmt::format("File too large, Max Limit is set to {} MB", most / mebibyte);
    }
    return std::nullopt;
}

std::expected<Imported, Failure> LocalTarget::take(const Candidate& candidate) {
    try {
        const auto owner =
            services_.database.read([&](db::Session& session) { return find_owner(session, owner_id_); });
        if (!owner) {
            return std::unexpected(Failure{.kind = Failure::Kind::of_import, .reason = "The owner is there no more."});
        }
        return take_for(*owner, candidate);
    } catch (const db::Error& error) {
        if (!error.is_passing()) {
            throw;
        }
        return std::unexpected(Failure{.kind = Failure::Kind::for_now, .reason = "The database is not available now."});
    }
}

std::expected<Imported, Failure> LocalTarget::take_for(const api::Caller& owner, const Candidate& candidate) {
    const auto same =
        services_.database.read([&](db::Session& session) { return find_same(session, owner.user_id, candidate); });
    if (same) {
        return Imported{.doc_id = *same, .was_there = true};
    }
    if (auto failure = make_path(owner, candidate.full_path)) {
        return std::unexpected(*std::move(failure));
    }
    const documents::UploadFields fields{.full_path = candidate.full_path, .file_modified_at = candidate.modified_at};
    for (int number = 1;; ++number) {
        const auto stored = documents::upload_document(services_, owner, candidate.content,
                                                       numbered_name(candidate.filename, number), fields, std::nullopt);
        if (stored) {
            return Imported{.doc_id = stored->doc_id};
        }
        if (stored.error().code != RefusalCode::document_exists || number == most_namesakes) {
            return std::unexpected(to_failure(stored.error()));
        }
    }
}

/// With all that it is below, so that the tree of a client can show it.
std::optional<Failure> LocalTarget::make_path(const api::Caller& owner, const std::string& full_path) {
    const std::scoped_lock lock(mutex_);
    if (full_path == paths::root || known_paths_.contains(full_path)) {
        return std::nullopt;
    }
    for (std::size_t end = 0; end != std::string::npos;) {
        end = full_path.find('/', end + 1);
        const std::string part = full_path.substr(0, end);
        if (known_paths_.contains(part)) {
            continue;
        }
        const bool is_there = services_.database.read(
            [&](db::Session& session) { return paths::find_path_id(session, part).has_value(); });
        if (!is_there) {
            const auto made = paths::create_path_by_command(paths_, owner, {.full_path = part, .description = {}});
            if (!made && made.error().code != RefusalCode::path_exists) {
                return to_failure(made.error());
            }
        }
        known_paths_.insert(part);
    }
    return std::nullopt;
}

}  // namespace nassaq::imports
