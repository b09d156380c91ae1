#pragma once

#include <chrono>
#include <filesystem>
#include <memory>

#include "db/driver.hpp"

namespace nassaq::db {

struct SqliteOptions {
    /// Before a transaction, others are left as much time as the last one took, up to this. For a command, lest the
    /// server beside it wait for as long as the command goes on: whoever waits for the lock of a file looks for it now
    /// and then, and does not find a gap that is no longer than a moment. A server needs none, as those who write in it
    /// take turns.
    std::chrono::milliseconds longest_gap{0};
};

/// SQLite in WAL mode with `synchronous=FULL`: what is committed survives a power cut (sqlite.org/wal.html).
///
/// `lower()` is replaced by one that knows all of Unicode, as SQLite's own ICU extension does, so that
/// `lower(a) = lower(b)` compares without case in Arabic-and-Latin data too.
std::unique_ptr<Driver> make_sqlite_driver(std::filesystem::path file, SqliteOptions options = {});

}  // namespace nassaq::db
