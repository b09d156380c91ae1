#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "access/reach.hpp"
#include "access/rights.hpp"
#include "db/session.hpp"

/// Documents whose readers are the same, but for what is said at a document itself: those below one folder that
/// governs, which is a folder at which anything is said about reading documents, and below no other such folder that is
/// nearer. An audience is called by that folder's id. docs/decisions/0101-audiences.md
namespace nassaq::access {

/// In the order of their ids.
std::vector<Folder> read_governing_folders(db::Session& session);
/// The same for the same folders with the same paths.
std::string fingerprint_of(std::span<const Folder> governing);
/// The audience of each folder that is in one.
std::unordered_map<std::int64_t, std::int64_t> audiences_of(std::span<const Folder> folders,
                                                            std::span<const Folder> governing);

/// On SQL Server documents bear no audiences: what is said of them here must not be asked there.
bool has_audiences(db::Dialect dialect);

/// Of which folders and when documents were given the audiences that they bear, beside what there is.
struct AudienceState {
    std::string fingerprint;           ///< Of the folders that governed; empty while documents are given others.
    bool has_moved_folders = false;    ///< Since then.
    bool has_moved_documents = false;  ///< Whose passages do not bear their audience yet.
    bool is_too_full = false;          ///< Of passages: some had to be left out.
};
AudienceState read_audience_state(db::Session& session);
/// Whether the audiences that the database has are those of the reach. While they are not, who may read what has to be
/// found out in other ways.
bool are_those_of(const AudienceState& state, const Reach& reach);

}  // namespace nassaq::access
