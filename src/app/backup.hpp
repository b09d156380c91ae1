#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "settings/settings.hpp"

/// Copies of the embedded shape: the database and the blobs of its documents, of one moment.
namespace nassaq::app {

struct BackupResult {
    std::uint64_t documents = 0;
    std::vector<std::string> faults;  ///< Documents whose file is missing or damaged, for people.
};

/// Makes a backup in a folder that is empty or not there, also while a server works. Where it lies on the same file
/// system as DATA_DIR files are linked, not copied, which takes no place; each is compared with its checksum either
/// way. What is in the second container stays there alone. `backup.json` is written last: without it the backup is not
/// whole.
/// @throws std::runtime_error for what hinders it
BackupResult back_up(const settings::Settings& settings, const std::filesystem::path& target);

/// Makes DATA_DIR of a backup. There must be neither a database nor blobs in it. The database comes last, so that a
/// restore that is interrupted leaves none.
/// @throws std::runtime_error for what hinders it
BackupResult restore(const settings::Settings& settings, const std::filesystem::path& source);

}  // namespace nassaq::app
