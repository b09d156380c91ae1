#pragma once

#include <boost/describe.hpp>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include "base/file.hpp"
#include "db/database.hpp"
#include "imports/source_tree.hpp"

namespace nassaq::imports {

/// Which files of a folder have been imported, so that going on does not read them once more: a file of SQLite. What is
/// missing in it costs that reading and nothing else, for a document is recognised by its content. Safe to use from
/// several threads; one process at a time.
class Journal {
public:
    /// @throws std::system_error, db::Error; std::runtime_error when another process uses it.
    explicit Journal(const std::filesystem::path& file);
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;
    ~Journal();

    /// Whether this very file, unchanged, has been imported.
    bool knows(const SourceFile& file);
    /// Written down with others, soon.
    void note(const SourceFile& file, std::int64_t doc_id);
    /// @throws db::Error
    void flush();

private:
    struct Entry {
        std::string relative;
        std::int64_t size = 0;
        std::int64_t modified_ns = 0;
        std::int64_t doc_id = 0;
    };

    void write(const std::vector<Entry>& entries);

    UniqueFd lock_;
    db::Database database_;
    std::mutex mutex_;
    std::vector<Entry> unwritten_;
};

}  // namespace nassaq::imports
