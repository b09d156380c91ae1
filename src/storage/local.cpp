#include "storage/local.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <limits>
#include <utility>

#include "base/last_error.hpp"
#include "base/text.hpp"
#include "storage/folder_sync.hpp"
#include "storage/local_path.hpp"
#include "storage/staging.hpp"

namespace nassaq::storage {
namespace {

namespace fs = std::filesystem;

/// How often an upload makes its folders anew when removals of the last blob in them take them away each time.
constexpr int placing_attempts = 1000;

Timestamp to_timestamp(const timespec& time) {
    return Timestamp{std::chrono::seconds{time.tv_sec} + std::chrono::microseconds{time.tv_nsec / 1000}};
}

BlobProperties to_properties(std::string name, const struct stat& status) {
    return {.name = std::move(name),
            .size = static_cast<std::uint64_t>(status.st_size),
            .last_modified = to_timestamp(status.st_mtim)};
}

class LocalStorage final : public Storage {
public:
    explicit LocalStorage(fs::path root);

    std::expected<void, UploadError> upload(std::string_view name, const SpoolFile& content,
                                            std::string_view content_type) override;
    /// The file has its place as soon as it has its name.
    std::unique_ptr<SpoolCompanion> send_early(ExpectedUpload, const SpoolFile&) override { return nullptr; }
    void share_bytes(std::string_view name, const SpoolFile& content) override;
    std::unique_ptr<ByteSource> download_stream(std::string_view name, std::uint64_t offset,
                                                std::uint64_t length) override;
    bool link(std::string_view name, const fs::path& file) override;
    void remove(std::string_view name) override;
    bool exists(std::string_view name) override { return status(name).has_value(); }
    std::optional<BlobProperties> properties(std::string_view name) override;
    void list(std::string_view prefix, const std::function<bool(const BlobProperties&)>& visit) override;
    std::string url(std::string_view name) const override {
        return "local:///blobs/" + text::percent_encode(name, "/");
    }
    bool is_stored_from(std::string_view name, const fs::path& leftover) override;
    bool was_stored_here(std::string_view name) override { return exists(name); }
    bool is_remote() const override { return false; }
    bool crosses_network(std::string_view) const override { return false; }
    std::size_t abort_unfinished(Timestamp) override { return 0; }
    void check() override;

private:
    std::expected<void, UploadError> place(const LocalPath& path, const SpoolFile& content);
    UniqueFd make_folders(const LocalPath& path) const;
    void sync_entry(int folder, const LocalPath& path) const;
    std::size_t remove_empty_folders(const LocalPath& path) const;
    void sync_removal(const LocalPath& path, std::size_t depth) const;
    UniqueFd open_blob(std::string_view name) const;
    std::optional<struct stat> status(std::string_view name) const;

    fs::path root_;
    UniqueFd root_fd_;
    Staging staging_;
    mutable FolderSync folder_sync_;
};

UniqueFd open_folder(int parent, const std::string& name) {
    return UniqueFd(::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

fs::path made_durably(fs::path root) {
    if (fs::create_directories(root)) {
        file::sync_directory(fs::absolute(root).parent_path());
    }
    return root;
}

LocalStorage::LocalStorage(fs::path root)
    : root_(made_durably(std::move(root))),
      root_fd_(::open(root_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)),
      staging_(root_) {
    if (!root_fd_) {
        throw_last_error("open", root_.native());
    }
}

std::expected<void, UploadError> LocalStorage::upload(std::string_view name, const SpoolFile& content,
                                                      std::string_view /*content_type*/) {
    const LocalPath path = LocalPath::of(name);
    if (!content.is_synced()) {
        const UniqueFd bytes = file::open_for_reading(content.path());
        file::sync(bytes.get(), content.path());
    }
    try {
        return place(path, content);
    } catch (...) {
        remove_empty_folders(path);
        throw;
    }
}

void LocalStorage::share_bytes(std::string_view name, const SpoolFile& content) {
    const std::string path = LocalPath::of(name).joined();
    const UniqueFd blob(::openat(root_fd_.get(), path.c_str(), O_RDONLY | O_CLOEXEC));
    if (blob && have_same_bytes(blob.get(), content.path())) {
        replace_by_link(root_fd_.get(), path, blob.get(), content.path());
    }
}

std::expected<void, UploadError> LocalStorage::place(const LocalPath& path, const SpoolFile& content) {
    std::optional<StagedFile> staged;
    for (int attempt = 0; attempt < placing_attempts; ++attempt) {
        const UniqueFd folder = make_folders(path);
        if (!folder) {
            continue;
        }
        const fs::path& source = staged ? staged->path() : content.path();
        if (::linkat(AT_FDCWD, source.c_str(), folder.get(), path.file.c_str(), 0) == 0) {
            sync_entry(folder.get(), path);
            return {};
        }
        if (errno == EEXIST) {
            return std::unexpected(UploadError::already_exists);
        }
        if (errno == EXDEV && !staged) {
            staged = staging_.stage(content.path());
        } else if (errno != ENOENT) {  // ENOENT: the folder was empty for a moment, and a removal took it away.
            throw_last_error("store", (root_ / path.joined()).native());
        }
    }
    errno = EBUSY;
    throw_last_error("store", (root_ / path.joined()).native());
}

/// Makes the folders of a path, each synced in its parent. @return the innermost, or nothing when a removal took one of
/// them away in between.
UniqueFd LocalStorage::make_folders(const LocalPath& path) const {
    UniqueFd parent = open_folder(root_fd_.get(), ".");
    if (!parent) {
        throw_last_error("open", root_.native());
    }
    for (const std::string& name : path.folders) {
        if (::mkdirat(parent.get(), name.c_str(), 0700) != 0 && errno != EEXIST) {
            if (errno == ENOENT) {
                return {};
            }
            throw_last_error("make the folder", name);
        }
        UniqueFd folder = open_folder(parent.get(), name);
        if (!folder && errno != ENOENT) {
            throw_last_error("open the folder", name);
        }
        if (!folder) {
            return {};
        }
        // Also when another upload has made it: that one may not have synced it yet. What is opened before is what is
        // synced here, or it is gone, and then nothing can be linked into it.
        folder_sync_.sync(parent.get(), root_);
        parent = std::move(folder);
    }
    return parent;
}

/// Makes the new entry of a folder durable, or takes it back.
void LocalStorage::sync_entry(int folder, const LocalPath& path) const {
    try {
        folder_sync_.sync(folder, root_ / path.folder(path.folders.size()));
    } catch (...) {
        ::unlinkat(folder, path.file.c_str(), 0);
        throw;
    }
}

/// From the innermost outwards, until one holds something. @return how many of the path's folders remain.
std::size_t LocalStorage::remove_empty_folders(const LocalPath& path) const {
    std::size_t depth = path.folders.size();
    while (depth > 0 &&
           (::unlinkat(root_fd_.get(), path.folder(depth).c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT)) {
        --depth;
    }
    return depth;
}

/// Makes a removal durable, in the innermost folder of the path that is there.
void LocalStorage::sync_removal(const LocalPath& path, std::size_t depth) const {
    for (;; --depth) {
        const UniqueFd folder = open_folder(root_fd_.get(), depth == 0 ? "." : path.folder(depth));
        if (folder) {
            folder_sync_.sync(folder.get(), root_ / path.folder(depth));
            return;
        }
        if (errno != ENOENT || depth == 0) {
            throw_last_error("open", (root_ / path.folder(depth)).native());
        }
    }
}

/// @return nothing when there is no such blob.
UniqueFd LocalStorage::open_blob(std::string_view name) const {
    const std::string path = LocalPath::of(name).joined();
    UniqueFd fd(::openat(root_fd_.get(), path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd && errno != ENOENT) {
        throw_last_error("open", (root_ / path).native());
    }
    return fd;
}

std::optional<struct stat> LocalStorage::status(std::string_view name) const {
    const std::string path = LocalPath::of(name).joined();
    struct stat result {};
    if (::fstatat(root_fd_.get(), path.c_str(), &result, 0) == 0) {
        return result;
    }
    if (errno != ENOENT) {
        throw_last_error("look at", (root_ / path).native());
    }
    return std::nullopt;
}

std::unique_ptr<ByteSource> LocalStorage::download_stream(std::string_view name, std::uint64_t offset,
                                                          std::uint64_t length) {
    UniqueFd fd = open_blob(name);
    return fd ? std::make_unique<FileSource>(std::move(fd), offset, length) : nullptr;
}

bool LocalStorage::link(std::string_view name, const fs::path& file) {
    return ::linkat(root_fd_.get(), LocalPath::of(name).joined().c_str(), AT_FDCWD, file.c_str(), 0) == 0;
}

void LocalStorage::remove(std::string_view name) {
    const LocalPath path = LocalPath::of(name);
    if (::unlinkat(root_fd_.get(), path.joined().c_str(), 0) != 0 && errno != ENOENT) {
        throw_last_error("remove", (root_ / path.joined()).native());
    }
    sync_removal(path, remove_empty_folders(path));
}

std::optional<BlobProperties> LocalStorage::properties(std::string_view name) {
    const auto found = status(name);
    return found ? std::optional(to_properties(std::string(name), *found)) : std::nullopt;
}

bool LocalStorage::is_stored_from(std::string_view name, const fs::path& leftover) {
    struct stat own {};
    if (::stat(leftover.c_str(), &own) != 0) {
        if (errno == ENOENT) {
            return false;
        }
        throw_last_error("look at", leftover.native());
    }
    const auto stored = status(name);
    return stored && stored->st_dev == own.st_dev && stored->st_ino == own.st_ino;
}

void LocalStorage::check() {
    staging_.probe();
}

/// Walks through the folders, one entry at a time.
class Listing {
public:
    Listing(std::string_view prefix, const std::function<bool(const BlobProperties&)>& visit)
        : prefix_(prefix), visit_(visit) {}

    /// @param base  What the names of all blobs in the folder begin with. @return false when the visitor has had
    /// enough.
    bool walk(UniqueFd folder, const std::string& base) {
        const std::unique_ptr<DIR, int (*)(DIR*)> entries(::fdopendir(folder.get()), &::closedir);
        if (!entries) {
            throw_last_error("read the folder of", base);
        }
        folder.release();  // Now the stream's.
        for (;;) {
            errno = 0;
            // NOLINTNEXTLINE(concurrency-mt-unsafe): only a stream that threads share is at risk.
            const dirent* entry = ::readdir(entries.get());
            if (entry == nullptr && errno != 0) {
                throw_last_error("read the folder of", base);
            }
            if (entry == nullptr) {
                return true;
            }
            if (!enter(::dirfd(entries.get()), entry->d_name, base)) {
                return false;
            }
        }
    }

private:
    bool enter(int folder, const std::string& entry, const std::string& base) {
        const auto component = LocalComponent::parse(entry);
        if (!component) {
            return true;
        }
        const std::string name = base + component->text;
        if (component->kind == LocalComponent::Kind::file) {
            return !name.starts_with(prefix_) || show(folder, entry, name);
        }
        if (!name.starts_with(prefix_) && !prefix_.starts_with(name)) {
            return true;
        }
        UniqueFd inner = open_folder(folder, entry);
        if (!inner && errno != ENOENT) {
            throw_last_error("open the folder of", name);
        }
        return !inner || walk(std::move(inner), name);
    }

    bool show(int folder, const std::string& entry, const std::string& name) {
        struct stat status {};
        if (::fstatat(folder, entry.c_str(), &status, 0) != 0) {
            if (errno == ENOENT) {
                return true;  // Removed since the folder was read.
            }
            throw_last_error("look at", name);
        }
        return visit_(to_properties(name, status));
    }

    std::string_view prefix_;
    const std::function<bool(const BlobProperties&)>& visit_;
};

void LocalStorage::list(std::string_view prefix, const std::function<bool(const BlobProperties&)>& visit) {
    UniqueFd root = open_folder(root_fd_.get(), ".");
    if (!root) {
        throw_last_error("open", root_.native());
    }
    Listing(prefix, visit).walk(std::move(root), "");
}

}  // namespace

std::unique_ptr<Storage> make_local_storage(fs::path root) {
    return std::make_unique<LocalStorage>(std::move(root));
}

}  // namespace nassaq::storage
