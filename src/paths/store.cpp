#include "paths/store.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "db/dialect.hpp"

namespace nassaq::paths {
namespace {

/// The platform may have left a depth out.
constexpr std::string_view select_paths =
    "SELECT path_id, full_path, description, COALESCE(depth, 0), created_at FROM Virtual_Paths ";

std::string in_range(db::Session& session) {
    const std::string full_path = db::in_code_point_order(session.dialect(), "full_path");
    return full_path + " >= ? AND " + full_path + " < ? ";
}

std::string in_order(db::Session& session) {
    return "ORDER BY " + db::in_code_point_order(session.dialect(), "full_path");
}

/// To be called while `error` is being handled: what is not the caller's to handle goes on up.
PathError path_error(const db::Error& error) {
    switch (error.kind()) {
        case db::ErrorKind::unique_violation:
            return PathError::already_exists;
        case db::ErrorKind::foreign_key_violation:
            return PathError::has_documents;
        default:
            throw;
    }
}

}  // namespace

std::vector<PathResponse> list_paths(db::Session& session, const ListPaths& filter) {
    const std::string sql = std::string(select_paths) + "WHERE COALESCE(depth, 0) >= ? AND COALESCE(depth, 0) <= ? ";
    if (filter.prefix && text::count_utf16_units(*filter.prefix) > max_path_units) {
        return {};  // SQL Server would be sent a text of a type that it compares with nothing.
    }
    if (filter.prefix && !filter.prefix->empty()) {
        return session.query<PathResponse>(sql + "AND " + in_range(session) + in_order(session), filter.min_depth,
                                           filter.max_depth, *filter.prefix,
                                           std::string(*filter.prefix).append(db::last_character(session.dialect())));
    }
    return session.query<PathResponse>(sql + in_order(session), filter.min_depth, filter.max_depth);
}

std::optional<PathResponse> find_path(db::Session& session, std::int64_t path_id) {
    return session.find<PathResponse>(std::string(select_paths) + "WHERE path_id = ?", path_id);
}

std::optional<std::int64_t> find_path_id(db::Session& session, const std::string& full_path) {
    return session.find<std::int64_t>("SELECT path_id FROM Virtual_Paths WHERE full_path = ?", full_path);
}

std::expected<std::int64_t, PathError> insert_path(db::Session& session, const CreatePath& path) {
    try {
        return session.insert("Virtual_Paths", "path_id",
                              {{"full_path", path.full_path},
                               {"created_at", now()},
                               {"description", path.description},
                               {"depth", depth_of(path.full_path)}});
    } catch (const db::Error& error) {
        return std::unexpected(path_error(error));
    }
}

std::expected<void, PathError> rename_path(db::Session& session, std::int64_t path_id, const std::string& full_path) {
    try {
        session.execute("UPDATE Virtual_Paths SET full_path = ?, depth = ? WHERE path_id = ?", full_path,
                        depth_of(full_path), path_id);
        return {};
    } catch (const db::Error& error) {
        return std::unexpected(path_error(error));
    }
}

void describe_path(db::Session& session, std::int64_t path_id, const std::optional<std::string>& description) {
    session.execute("UPDATE Virtual_Paths SET description = ? WHERE path_id = ?", description, path_id);
}

std::expected<void, PathError> remove_path(db::Session& session, std::int64_t path_id) {
    try {
        session.execute("DELETE FROM Virtual_Paths WHERE path_id = ?", path_id);
        return {};
    } catch (const db::Error& error) {
        return std::unexpected(path_error(error));
    }
}

std::expected<void, PathError> rename_below(db::Session& session, const std::string& full_path,
                                            const std::string& new_path) {
    // Each database counts in characters of its own.
    const std::string_view renamed =
        session.dialect() == db::Dialect::mssql
            ? "CAST(? AS NVARCHAR(500)) + SUBSTRING(full_path, LEN(CAST(? AS NVARCHAR(500)) + N'/'), 500)"
            : "CAST(? AS VARCHAR(500)) || SUBSTR(full_path, LENGTH(CAST(? AS VARCHAR(500))) + 1)";
    try {
        session.execute(fmt::format("UPDATE Virtual_Paths SET full_path = {}, depth = COALESCE(depth, 0) + ? WHERE {}",
                                    renamed, in_range(session)),
                        new_path, full_path, depth_of(new_path) - depth_of(full_path), full_path + "/",
                        full_path + "0");
        return {};
    } catch (const db::Error& error) {
        return std::unexpected(path_error(error));
    }
}

std::vector<std::int64_t> list_with_unnamed_blobs(db::Session& session, const std::string& full_path) {
    return session.query<std::int64_t>(
        fmt::format("SELECT path_id FROM Virtual_Paths p WHERE (full_path = ? OR ({})) AND EXISTS "
                    "(SELECT 1 FROM Documents d WHERE d.path_id = p.path_id AND d.blob_name IS NULL) ORDER BY path_id",
                    in_range(session)),
        full_path, full_path + "/", full_path + "0");
}

std::vector<PathResponse> list_below(db::Session& session, const std::string& full_path) {
    // '0' is the character after '/'.
    return session.query<PathResponse>(
        std::string(select_paths).append("WHERE ").append(in_range(session)).append(in_order(session)), full_path + "/",
        full_path + "0");
}

}  // namespace nassaq::paths
