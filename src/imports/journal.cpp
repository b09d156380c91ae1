#include "imports/journal.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <exception>
#include <stdexcept>
#include <utility>

#include "base/last_error.hpp"
#include "base/log.hpp"
#include "db/sqlite.hpp"

namespace nassaq::imports {
namespace {

constexpr std::size_t written_at_once = 256;

struct Known {
    std::int64_t size = 0;
    std::int64_t modified_ns = 0;
};
BOOST_DESCRIBE_STRUCT(Known, (), (size, modified_ns))

/// The kernel gives the lock back with the process.
UniqueFd lock(const std::filesystem::path& file) {
    std::filesystem::create_directories(file.parent_path());
    std::filesystem::path name = file;
    name += ".lock";
    UniqueFd fd(::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!fd) {
        throw_last_error("open", name.native());
    }
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
        throw std::runtime_error("this folder is being imported by another process already");
    }
    return fd;
}

}  // namespace

Journal::Journal(const std::filesystem::path& file) : lock_(lock(file)), database_(db::make_sqlite_driver(file), 2) {
    database_.execute(
        "CREATE TABLE IF NOT EXISTS Imported_Files (relative TEXT PRIMARY KEY, size INTEGER NOT NULL, modified_ns "
        "INTEGER NOT NULL, doc_id INTEGER NOT NULL) WITHOUT ROWID, STRICT");
}

Journal::~Journal() {
    try {
        flush();
    } catch (const std::exception& error) {
        log::warning("the journal of an import is not whole", {{"error", error.what()}});
    }
}

bool Journal::knows(const SourceFile& file) {
    const auto known = database_.read([&](db::Session& session) {
        return session.find<Known>("SELECT size, modified_ns FROM Imported_Files WHERE relative = ?",
                                   file.relative.native());
    });
    return known && known->size == file.size && known->modified_ns == file.modified_ns;
}

void Journal::note(const SourceFile& file, std::int64_t doc_id) {
    std::vector<Entry> full;
    {
        const std::scoped_lock lock(mutex_);
        unwritten_.push_back(
            {.relative = file.relative.native(), .size = file.size, .modified_ns = file.modified_ns, .doc_id = doc_id});
        if (unwritten_.size() >= written_at_once) {
            full.swap(unwritten_);
        }
    }
    write(full);
}

void Journal::flush() {
    std::vector<Entry> rest;
    {
        const std::scoped_lock lock(mutex_);
        rest.swap(unwritten_);
    }
    write(rest);
}

void Journal::write(const std::vector<Entry>& entries) {
    if (entries.empty()) {
        return;
    }
    database_.transaction([&](db::Session& session) {
        for (const Entry& entry : entries) {
            session.execute(
                "INSERT INTO Imported_Files (relative, size, modified_ns, doc_id) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (relative) DO UPDATE SET size = excluded.size, modified_ns = excluded.modified_ns, "
                "doc_id = excluded.doc_id",
                entry.relative, entry.size, entry.modified_ns, entry.doc_id);
        }
    });
}

}  // namespace nassaq::imports
