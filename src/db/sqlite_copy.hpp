#pragma once

#include <filesystem>

namespace nassaq::db {

/// Copies a SQLite database as it is at one moment, also while others write to it (sqlite.org/backup.html). The copy is
/// a single file, synced. @throws db::Error; std::system_error when `to` exists.
void copy_sqlite_database(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace nassaq::db
