#include "access/audiences.hpp"

#include <fmt/format.h>

#include <boost/describe.hpp>
#include <optional>
#include <string_view>
#include <utility>

namespace nassaq::access {
namespace {

struct StateRow {
    std::string fingerprint;
    std::int64_t has_moved_folders = 0;
    std::int64_t has_moved_documents = 0;
    std::int64_t is_too_full = 0;
};
BOOST_DESCRIBE_STRUCT(StateRow, (), (fingerprint, has_moved_folders, has_moved_documents, is_too_full))

}  // namespace

std::vector<Folder> read_governing_folders(db::Session& session) {
    return session.query<Folder>(
        "SELECT v.path_id, v.full_path FROM Virtual_Paths v WHERE v.path_id IN ("
        "SELECT p.entity_id FROM Individual_Permissions p JOIN Actions a ON a.action_id = p.action_id "
        "WHERE LOWER(p.entity_type) = 'path' AND p.is_inherited = ? AND a.action_name = 'document.read' UNION ALL "
        "SELECT g.entity_id FROM Group_Permissions g JOIN Actions a ON a.action_id = g.action_id "
        "WHERE g.entity_type = 'path' AND a.action_name = 'document.read') ORDER BY v.path_id",
        false);
}

/// FNV-1a of 64 bits (RFC 9923), which is enough to notice a change.
std::string fingerprint_of(std::span<const Folder> governing) {
    std::uint64_t hash = 0xcbf29ce484222325;
    const auto add = [&](std::string_view text) {
        for (const char byte : text) {
            hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
        }
    };
    for (const Folder& folder : governing) {
        add(fmt::format("{} {}\n", folder.path_id, folder.full_path));
    }
    return fmt::format("{}:{:016x}", governing.size(), hash);
}

std::unordered_map<std::int64_t, std::int64_t> audiences_of(std::span<const Folder> folders,
                                                            std::span<const Folder> governing) {
    std::unordered_map<std::string_view, std::int64_t> by_path;
    for (const Folder& folder : governing) {
        by_path.emplace(folder.full_path, folder.path_id);
    }
    std::unordered_map<std::int64_t, std::int64_t> audiences;
    for (const Folder& folder : folders) {
        for (std::optional<std::string_view> place = folder.full_path; place; place = folder_above(*place)) {
            if (const auto found = by_path.find(*place); found != by_path.end()) {
                audiences.emplace(folder.path_id, found->second);
                break;
            }
        }
    }
    return audiences;
}

bool has_audiences(db::Dialect dialect) {
    return dialect != db::Dialect::mssql;
}

AudienceState read_audience_state(db::Session& session) {
    auto row = session.get<StateRow>(
        "SELECT s.fingerprint, CASE WHEN s.moves = v.moves THEN 0 ELSE 1 END, "
        "CASE WHEN EXISTS (SELECT 1 FROM Search_Moved_Documents) THEN 1 ELSE 0 END, s.is_too_full "
        "FROM Audience_State s CROSS JOIN Access_Version v");
    return {.fingerprint = std::move(row.fingerprint),
            .has_moved_folders = row.has_moved_folders != 0,
            .has_moved_documents = row.has_moved_documents != 0,
            .is_too_full = row.is_too_full != 0};
}

bool are_those_of(const AudienceState& state, const Reach& reach) {
    return !state.has_moved_folders && state.fingerprint == reach.fingerprint;
}

}  // namespace nassaq::access
