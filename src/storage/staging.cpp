#include "storage/staging.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <span>
#include <string>
#include <vector>

#include "base/id.hpp"
#include "base/last_error.hpp"

namespace nassaq::storage {
namespace {

namespace fs = std::filesystem;

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
        ::unlink(path_.c_str());  // What is linked into place stays there.
    }
}

// No name of a blob is written with such a '%' (see LocalPath), so a listing passes the folder by.
Staging::Staging(const fs::path& root) : folder_(root / "%staging") {
    fs::create_directories(folder_);
    remove_abandoned();
}

StagedFile Staging::stage(const fs::path& source) const {
    const fs::path path = folder_ / random_uuid();
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
            throw_last_error("write to", path.native());
        }
        if (copied == 0) {
            errno = EIO;
            throw_last_error("copy all of", path.native());
        }
        left -= static_cast<std::uint64_t>(copied);
    }
}

bool have_same_bytes(int blob, const fs::path& file) {
    constexpr std::size_t chunk = std::size_t{256} << 10U;
    const UniqueFd other = file::open_for_reading(file);
    const std::uint64_t size = file::size(blob, file);
    if (file::size(other.get(), file) != size) {
        return false;
    }
    FileSource first(UniqueFd(::dup(blob)), 0, size);
    FileSource second(UniqueFd(::dup(other.get())), 0, size);
    std::vector<char> one(chunk);
    std::vector<char> two(chunk);
    for (;;) {
        const std::size_t count = first.read(one);
        for (std::size_t read = 0; read < count;) {
            read += second.read(std::span(two).subspan(read, count - read));
        }
        if (count == 0 || !std::equal(one.begin(), one.begin() + static_cast<std::ptrdiff_t>(count), two.begin())) {
            return count == 0;
        }
    }
}

void replace_by_link(int root, const std::string& path, int blob, const fs::path& file) {
    const std::string link = file.string() + ".link";
    struct stat expected {};
    struct stat linked {};
    if (::linkat(root, path.c_str(), AT_FDCWD, link.c_str(), 0) != 0) {
        return;
    }
    if (::fstat(blob, &expected) == 0 && ::stat(link.c_str(), &linked) == 0 && expected.st_ino == linked.st_ino) {
        // As young as the upload, lest a blob that is about to have its document looks abandoned.
        static_cast<void>(::utimensat(AT_FDCWD, link.c_str(), nullptr, 0));
        static_cast<void>(::rename(link.c_str(), file.c_str()));
    }
    ::unlink(link.c_str());  // Still there when it was not renamed, or when both are one file already.
}

}  // namespace nassaq::storage
