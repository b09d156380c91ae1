#include "files/store.hpp"

#include <fmt/format.h>

namespace nassaq::files {
namespace {

constexpr std::string_view select_versions =
    "SELECT version, place, file_size, sha256, content_type, created_at, created_by_user_id, restored_from "
    "FROM Document_Files WHERE doc_id = ? AND kind = 'original' ";

}  // namespace

std::optional<Version> find_version(db::Session& session, std::int64_t doc_id, std::int64_t version) {
    return session.find<Version>(fmt::format("{}AND version = ?", select_versions), doc_id, version);
}

std::optional<Version> find_same(db::Session& session, std::int64_t doc_id, std::string_view sha256) {
    return session.find<Version>(
        fmt::format("{}AND sha256 = CAST(? AS VARCHAR(64)) ORDER BY version DESC", select_versions), doc_id, sha256);
}

std::optional<Version> find_current(db::Session& session, std::int64_t doc_id) {
    auto versions = list_versions(session, doc_id, {.limit = 1});
    return versions.empty() ? std::nullopt : std::optional(std::move(versions.front()));
}

std::vector<Version> list_versions(db::Session& session, std::int64_t doc_id, db::Paging page) {
    return session.query_page<Version>(fmt::format("{}ORDER BY version DESC", select_versions), page, doc_id);
}

std::int64_t count_versions(db::Session& session, std::int64_t doc_id) {
    return session.get<std::int64_t>("SELECT COUNT(*) FROM Document_Files WHERE doc_id = ? AND kind = 'original'",
                                     doc_id);
}

void insert_version(db::Session& transaction, std::int64_t doc_id, const Version& version) {
    transaction.execute(
        "INSERT INTO Document_Files (doc_id, kind, version, part, place, file_size, sha256, content_type, created_at, "
        "created_by_user_id, restored_from) VALUES (?, 'original', ?, 0, ?, ?, ?, ?, ?, ?, ?)",
        doc_id, version.version, version.place, version.file_size, version.sha256, version.content_type,
        version.created_at, version.created_by_user_id, version.restored_from);
}

void supersede(db::Session& transaction, std::int64_t doc_id, std::int64_t owner_id, std::int64_t before_version) {
    transaction.execute(
        "UPDATE Document_Files SET superseded_user_id = ? WHERE doc_id = ? AND kind = 'original' AND version < ? "
        "AND superseded_user_id IS NULL",
        owner_id, doc_id, before_version);
}

}  // namespace nassaq::files
