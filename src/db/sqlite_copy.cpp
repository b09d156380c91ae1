#include "db/sqlite_copy.hpp"

#include <sqlite3.h>

#include <memory>
#include <string>

#include "base/file.hpp"
#include "db/error.hpp"

namespace nassaq::db {
namespace {

constexpr int busy_milliseconds = 10'000;

struct Close {
    void operator()(sqlite3* database) const { sqlite3_close(database); }
};
using Handle = std::unique_ptr<sqlite3, Close>;

[[noreturn]] void fail(sqlite3* database, const std::filesystem::path& path) {
    throw Error(ErrorKind::other, "SQLite: " + path.string() + ": " + sqlite3_errmsg(database));
}

Handle open(const std::filesystem::path& path, int flags) {
    sqlite3* database = nullptr;
    const int result = sqlite3_open_v2(path.c_str(), &database, flags, nullptr);
    Handle handle(database);
    if (result != SQLITE_OK) {
        fail(database, path);
    }
    sqlite3_busy_timeout(database, busy_milliseconds);
    return handle;
}

}  // namespace

void copy_sqlite_database(const std::filesystem::path& from, const std::filesystem::path& to) {
    file::create(to);  // Private, and never over another.
    const Handle source = open(from, SQLITE_OPEN_READWRITE);
    const Handle target = open(to, SQLITE_OPEN_READWRITE);
    sqlite3_backup* backup = sqlite3_backup_init(target.get(), "main", source.get(), "main");
    if (backup == nullptr) {
        fail(target.get(), to);
    }
    // In one step, so that it is of one moment: in WAL mode it keeps nobody from writing.
    sqlite3_backup_step(backup, -1);
    if (sqlite3_backup_finish(backup) != SQLITE_OK) {
        fail(target.get(), to);
    }
}

}  // namespace nassaq::db
