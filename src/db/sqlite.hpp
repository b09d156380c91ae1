#pragma once

#include <filesystem>
#include <memory>

#include "db/driver.hpp"

namespace nassaq::db {

/// SQLite in WAL mode with `synchronous=FULL`: what is committed survives a power cut (sqlite.org/wal.html).
///
/// `lower()` is replaced by one that knows all of Unicode, as SQLite's own ICU extension does, so that
/// `lower(a) = lower(b)` compares without case in Arabic-and-Latin data too.
std::unique_ptr<Driver> make_sqlite_driver(std::filesystem::path file);

}  // namespace nassaq::db
