#include "storage/staging.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <system_error>

#include "base/id.hpp"

namespace nassaq::storage {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const char* action, const fs::path& path) {
    throw std::system_error(errno, std::generic_category(), std::string("cannot ") + action + " " + path.string());
}

}  // namespace

StagedFile::StagedFile(StagedFile&& other) noexcept
    : path_(std::exchange(other.path_, {})), lock_(std::move(other.lock_)) {}

StagedFile& StagedFile::operator=(StagedFile&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(lock_, other.lock_);
    return *this;
}

StagedFile::~StagedFile() {
    if (!path_.empty()) {
        ::unlink(path_.c_str());  // Gone already when it was renamed into place.
    }
}

// No name of a blob is written with such a '%' (see LocalPath), so a listing passes the folder by.
Staging::Staging(const fs::path& root) : folder_(root / "%staging") {
    fs::create_directories(folder_);
    remove_abandoned();
}

StagedFile Staging::stage(const fs::path& source) const {
    const fs::path path = folder_ / random_uuid();
    if (::link(source.c_str(), path.c_str()) == 0) {
        UniqueFd fd = file::open_for_reading(path);
        ::flock(fd.get(), LOCK_EX | LOCK_NB);
        return {path, std::move(fd)};
    }
    if (errno != EXDEV) {
        fail("link", path);
    }
    const UniqueFd bytes = file::open_for_reading(source);
    UniqueFd target = file::create(path);
    ::flock(target.get(), LOCK_EX | LOCK_NB);
    const int fd = target.get();
    StagedFile copy(path, std::move(target));
    copy_bytes(bytes.get(), fd, path);
    file::sync(fd, path);
    return copy;
}

void Staging::probe() const {
    const fs::path path = folder_ / random_uuid();
    UniqueFd target = file::create(path);
    const int fd = target.get();
    const StagedFile removed_at_the_end(path, std::move(target));
    file::write_all(fd, "nassaq", path);
}

void Staging::remove_abandoned() const {
    for (const auto& entry : fs::directory_iterator(folder_)) {
        const UniqueFd fd(::open(entry.path().c_str(), O_RDONLY | O_CLOEXEC));
        if (fd && ::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) {
            ::unlink(entry.path().c_str());
        }
    }
}

void copy_bytes(int source, int target, const fs::path& path) {
    constexpr std::size_t chunk = std::size_t{1} << 20;
    std::uint64_t left = file::size(source, path);
    while (left > 0) {
        const ssize_t copied =
            ::sendfile(target, source, nullptr, static_cast<std::size_t>(std::min<std::uint64_t>(left, chunk)));
        if (copied < 0 && errno == EINTR) {
            continue;
        }
        if (copied < 0) {
            fail("write to", path);
        }
        if (copied == 0) {
            errno = EIO;
            fail("copy all of", path);
        }
        left -= static_cast<std::uint64_t>(copied);
    }
}

}  // namespace nassaq::storage
