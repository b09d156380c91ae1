#include "ocr/temporary_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

#include "base/last_error.hpp"
#include "ocr/extractor.hpp"

namespace nassaq::ocr {

namespace {

constexpr std::string_view name_prefix = "extract-";

/// Opens and locks a folder. Empty when somebody else holds the lock, or it is gone.
UniqueFd lock_folder(const std::filesystem::path& folder) {
    UniqueFd lock(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
    struct stat status {};
    const bool locked =
        lock && flock(lock.get(), LOCK_EX | LOCK_NB) == 0 && fstat(lock.get(), &status) == 0 && status.st_nlink > 0;
    return locked ? std::move(lock) : UniqueFd();
}

/// What a child was killed over may hold more files than can be removed in a moment. @return whether all of it is gone.
bool remove_folder(const std::filesystem::path& folder, const std::stop_token& stop) {
    std::error_code error;
    for (auto entry = std::filesystem::directory_iterator(folder, error);
         !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
        if (stop.stop_requested()) return false;
        std::filesystem::remove_all(entry->path(), error);
    }
    return !error && std::filesystem::remove(folder, error);
}

}  // namespace

std::expected<TemporaryFolder, std::error_code> TemporaryFolder::create(const std::filesystem::path& parent) {
    std::error_code error;
    std::filesystem::create_directories(parent, error);
    if (error) return std::unexpected(error);
    // Between the making and the locking somebody may take the folder for an abandoned one; then another is made.
    for (int attempt = 0; attempt < 8; ++attempt) {
        std::string path = (parent / name_prefix).string() + "XXXXXX";
        if (mkdtemp(path.data()) == nullptr) return std::unexpected(last_error());
        if (UniqueFd lock = lock_folder(path)) return TemporaryFolder(path, std::move(lock));
    }
    return std::unexpected(std::make_error_code(std::errc::resource_unavailable_try_again));
}

TemporaryFolder::TemporaryFolder(std::filesystem::path path, UniqueFd lock)
    : path_(std::move(path)), lock_(std::move(lock)) {}

TemporaryFolder::TemporaryFolder(TemporaryFolder&& other) noexcept
    : path_(std::exchange(other.path_, {})), lock_(std::move(other.lock_)) {}

TemporaryFolder::~TemporaryFolder() {
    if (path_.empty()) return;
    std::error_code ignored;  // What stays is found by remove_abandoned_folders().
    std::filesystem::remove_all(path_, ignored);
}

std::size_t remove_abandoned_folders(const std::filesystem::path& temporary_directory, const std::stop_token& stop) {
    std::size_t removed = 0;
    std::error_code error;
    for (auto entry = std::filesystem::directory_iterator(temporary_directory, error);
         !error && !stop.stop_requested() && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
        if (!entry->path().filename().string().starts_with(name_prefix)) continue;
        const UniqueFd lock = lock_folder(entry->path());
        if (!lock) continue;
        if (remove_folder(entry->path(), stop)) ++removed;
    }
    return removed;
}

}  // namespace nassaq::ocr
