#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "db/session.hpp"
#include "paths/model.hpp"

/// The SQL of the Virtual_Paths table.
namespace nassaq::paths {

/// The lock of whoever changes the tree, whose rows hang together by their texts only.
inline constexpr std::string_view tree_lock = "paths";

enum class PathError { already_exists, has_documents };

std::vector<PathResponse> list_paths(db::Session& session, const ListPaths& filter);
std::optional<PathResponse> find_path(db::Session& session, std::int64_t path_id);
std::optional<std::int64_t> find_path_id(db::Session& session, const std::string& full_path);
std::expected<std::int64_t, PathError> insert_path(db::Session& session, const CreatePath& path);
std::expected<void, PathError> rename_path(db::Session& session, std::int64_t path_id, const std::string& full_path);
void describe_path(db::Session& session, std::int64_t path_id, const std::optional<std::string>& description);
std::expected<void, PathError> remove_path(db::Session& session, std::int64_t path_id);
/// The paths below this one, in order.
std::vector<PathResponse> list_below(db::Session& session, const std::string& full_path);
/// Has all paths below one be below another one, in one statement.
std::expected<void, PathError> rename_below(db::Session& session, const std::string& full_path,
                                            const std::string& new_path);
/// Of a path and those below it, the ids of those with documents that do not name their blobs.
std::vector<std::int64_t> list_with_unnamed_blobs(db::Session& session, const std::string& full_path);

}  // namespace nassaq::paths
