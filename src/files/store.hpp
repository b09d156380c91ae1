#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "db/session.hpp"

/// The files of documents: each version's original, and what is made of it; docs/decisions/0098. SQL of Document_Files.
namespace nassaq::files {

/// A file of this kind was uploaded; one a version.
inline constexpr std::string_view original = "original";

/// The original of one version of a document.
struct Version {
    std::int64_t version = 0;  ///< From 1 on; the highest is the current one.
    std::string place;         ///< The name of its blob. Two versions with the same bytes may share one.
    std::optional<std::int64_t> file_size;
    std::optional<std::string> sha256;  ///< None of a document of the Python platform.
    std::optional<std::string> content_type;
    Timestamp created_at;
    std::int64_t created_by_user_id = 0;
    std::optional<std::int64_t> restored_from;  ///< The version that was made the current one again by this.
};
BOOST_DESCRIBE_STRUCT(Version, (),
                      (version, place, file_size, sha256, content_type, created_at, created_by_user_id, restored_from))

/// A part of a FROM: the current original, as `f`, of the document that the statement calls `d`. None of a document
/// that has not been taken in yet.
inline constexpr std::string_view joined_with_current =
    "LEFT JOIN Document_Files f ON f.doc_id = d.doc_id AND f.kind = 'original' AND f.version = "
    "(SELECT MAX(v.version) FROM Document_Files v WHERE v.doc_id = d.doc_id AND v.kind = 'original')";

/// Of a document that has been taken in (old_place.hpp).
std::optional<Version> find_version(db::Session& session, std::int64_t doc_id, std::int64_t version);
/// The newest one with these bytes.
std::optional<Version> find_same(db::Session& session, std::int64_t doc_id, std::string_view sha256);
std::optional<Version> find_current(db::Session& session, std::int64_t doc_id);
/// The newest first.
std::vector<Version> list_versions(db::Session& session, std::int64_t doc_id, db::Paging page);
std::int64_t count_versions(db::Session& session, std::int64_t doc_id);

/// Makes a version the current one; it has a number that the document's others have not.
void insert_version(db::Session& transaction, std::int64_t doc_id, const Version& version);
/// Counts the versions before the current one to what the document's owner has.
void supersede(db::Session& transaction, std::int64_t doc_id, std::int64_t owner_id, std::int64_t before_version);

}  // namespace nassaq::files
