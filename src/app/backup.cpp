#include "app/backup.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <variant>

#include "app/database.hpp"
#include "base/clock.hpp"
#include "base/digest.hpp"
#include "base/file.hpp"
#include "base/last_error.hpp"
#include "base/text.hpp"
#include "base/version.hpp"
#include "db/database.hpp"
#include "db/migrate.hpp"
#include "db/sqlite.hpp"
#include "db/sqlite_copy.hpp"
#include "files/places.hpp"
#include "storage/local.hpp"
#include "storage/local_path.hpp"
#include "storage/second_container.hpp"
#include "storage/staging.hpp"

namespace nassaq::app {
namespace {

namespace fs = std::filesystem;
using files::PlacedFile;

/// As app::sqlite_file() has it.
constexpr const char* database_name = "nassaq.db";
constexpr const char* blobs_name = "blobs";
constexpr const char* secret_name = "secret.key";
constexpr const char* manifest_name = "backup.json";
/// How often a new copy of the database is made because a document of the last one was deleted meanwhile.
constexpr int attempts = 10;

void require_embedded(const settings::Settings& settings) {
    if (!has_embedded_database(settings)) {
        throw std::runtime_error(
            "backup and restore are for the embedded database; a database server has backups of its own");
    }
    if (!std::holds_alternative<settings::LocalBlobs>(settings.blobs.storage)) {
        throw std::runtime_error("backup and restore are for BLOB_STORAGE_TYPE=local; " +
                                 std::string(settings::name_of(settings.blobs.storage)) +
                                 " has copies and versions of its own");
    }
}

void require_empty(const fs::path& folder) {
    if (fs::exists(folder) && !fs::is_empty(folder)) {
        throw std::runtime_error(folder.string() + " is not empty");
    }
}

void make_private_folder(const fs::path& folder) {
    fs::create_directories(folder);
    fs::permissions(folder, fs::perms::owner_all);
}

fs::path file_of(const fs::path& blobs, const std::string& blob_name) {
    return blobs / storage::LocalPath::of(blob_name).joined();
}

void copy_durably(const fs::path& from, const fs::path& to) {
    const UniqueFd source = file::open_for_reading(from);
    const UniqueFd target = file::create(to);
    storage::copy_bytes(source.get(), target.get(), to);
    file::sync(target.get(), to);
}

/// @return false when the file is not there.
bool link_or_copy(const fs::path& from, const fs::path& to) {
    fs::create_directories(to.parent_path());
    if (::link(from.c_str(), to.c_str()) == 0) {
        return true;
    }
    if (errno == ENOENT) {
        return false;
    }
    try {
        copy_durably(from, to);  // Another file system, or one without hard links.
    } catch (const std::system_error& error) {
        if (error.code() != std::errc::no_such_file_or_directory) {
            throw;
        }
        return false;
    }
    return true;
}

bool has_checksum(const fs::path& path, const std::optional<std::string>& sha256) {
    if (!sha256) {
        return true;  // Of the Python platform: nobody knows it.
    }
    const UniqueFd fd = file::open_for_reading(path);
    return text::to_hex(digest::sha256({.fd = fd.get(), .offset = 0, .length = file::size(fd.get(), path)})) == *sha256;
}

/// Everything written to that file system before is on the disk afterwards.
void sync_file_system(const fs::path& folder) {
    const UniqueFd fd = file::open_for_reading(folder);
    if (::syncfs(fd.get()) != 0) {
        throw_last_error("sync", folder.native());
    }
}

std::string describe(const PlacedFile& document, std::string_view fault) {
    return fmt::format("document {} '{}': its file {} is {}", document.doc_id, document.filename, document.place,
                       fault);
}

db::Database open_copy(const fs::path& path) {
    return {db::make_sqlite_driver(path), 1};
}

class Backup {
public:
    Backup(fs::path data, fs::path target) : data_(std::move(data)), target_(std::move(target)) {}

    BackupResult run() {
        make_private_folder(target_);
        make_private_folder(target_ / blobs_name);
        for (int attempt = 1; !try_once(); ++attempt) {
            if (attempt == attempts) {
                throw std::runtime_error("documents were deleted all the time; try again when less goes on");
            }
        }
        remove_what_was_deleted();
        if (fs::exists(data_ / secret_name)) {
            copy_durably(data_ / secret_name, target_ / secret_name);
        }
        sync_file_system(target_);
        file::replace_small(target_ / manifest_name,
                            fmt::format("{{\"version\":\"{}\",\"created_at\":\"{}\",\"documents\":{}}}\n", version(),
                                        to_iso(now()), result_.documents));
        return std::move(result_);
    }

private:
    /// @return false when a document of this copy has been deleted since: then another copy is made, and what has been
    /// taken already stays.
    bool try_once() {
        fs::remove(target_ / database_name);
        db::copy_sqlite_database(data_ / database_name, target_ / database_name);
        db::Database live = open_copy(data_ / database_name);
        db::Database copy = open_copy(target_ / database_name);
        result_ = {};
        bool is_whole = true;
        files::for_each_file(copy, [&](const PlacedFile& document) {
            ++result_.documents;
            const auto fault = take(document);
            const auto is_there = [&](db::Session& session) { return files::is_there(session, document); };
            if (fault && live.read(is_there)) {
                result_.faults.push_back(describe(document, *fault));
            } else if (fault) {
                is_whole = false;
            }
        });
        return is_whole;
    }

    std::optional<std::string_view> take(const PlacedFile& document) const {
        if (storage::is_in_second_container(document.place)) {
            return std::nullopt;
        }
        const fs::path from = file_of(data_ / blobs_name, document.place);
        const fs::path to = file_of(target_ / blobs_name, document.place);
        if (!fs::exists(to) && !link_or_copy(from, to)) {
            return "missing";
        }
        if (has_checksum(to, document.sha256)) {
            return std::nullopt;
        }
        fs::remove(to);  // Perhaps of a later document of the same name.
        return "damaged";
    }

    void remove_what_was_deleted() const {
        db::Database copy = open_copy(target_ / database_name);
        const auto blobs = storage::make_local_storage(target_ / blobs_name);
        blobs->list("", [&](const storage::BlobProperties& blob) {
            if (!copy.read([&](db::Session& session) { return files::is_in_use(session, blob.name); })) {
                blobs->remove(blob.name);
            }
            return true;
        });
        fs::remove_all(target_ / blobs_name / "%staging");
    }

    fs::path data_;
    fs::path target_;
    BackupResult result_;
};

}  // namespace

BackupResult back_up(const settings::Settings& settings, const fs::path& target) {
    require_embedded(settings);
    require_empty(target);
    if (!fs::exists(settings.data_directory / database_name)) {
        throw std::runtime_error("there is no database in " + settings.data_directory.string());
    }
    db::Database live = open_copy(settings.data_directory / database_name);
    if (!db::pending_migrations(live).empty()) {
        throw std::runtime_error("the database is of an earlier version: `nassaq migrate` upgrades it");
    }
    return Backup(settings.data_directory, target).run();
}

BackupResult restore(const settings::Settings& settings, const fs::path& source) {
    require_embedded(settings);
    const fs::path& data = settings.data_directory;
    if (!fs::exists(source / manifest_name)) {
        throw std::runtime_error(source.string() + " is no whole backup: it has no " + manifest_name);
    }
    if (fs::exists(data / database_name)) {
        throw std::runtime_error("there is a database in " + data.string() + " already");
    }
    require_empty(data / blobs_name);
    fs::create_directories(data);
    make_private_folder(data / blobs_name);

    const fs::path unfinished = data / "nassaq.db.restoring";
    fs::remove(unfinished);
    copy_durably(source / database_name, unfinished);
    BackupResult result;
    {
        db::Database copy = open_copy(unfinished);
        db::migrate(copy);  // The backup may be of an earlier version.
        files::for_each_file(copy, [&](const PlacedFile& document) {
            ++result.documents;
            if (storage::is_in_second_container(document.place)) {
                return;
            }
            const fs::path from = file_of(source / blobs_name, document.place);
            const fs::path to = file_of(data / blobs_name, document.place);
            if (!fs::exists(from)) {
                result.faults.push_back(describe(document, "missing"));
                return;
            }
            if (fs::exists(to)) {
                return;  // Versions with the same bytes share a file.
            }
            fs::create_directories(to.parent_path());
            copy_durably(from, to);
            if (!has_checksum(to, document.sha256)) {
                result.faults.push_back(describe(document, "damaged"));
            }
        });
    }
    if (fs::exists(source / secret_name) && !fs::exists(data / secret_name)) {
        copy_durably(source / secret_name, data / secret_name);
    }
    sync_file_system(data);
    fs::rename(unfinished, data / database_name);
    file::sync_directory(data);
    return result;
}

}  // namespace nassaq::app
