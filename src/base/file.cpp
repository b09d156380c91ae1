#include "base/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "base/id.hpp"
#include "base/last_error.hpp"
#include "base/text.hpp"

namespace nassaq {
namespace {

UniqueFd open_or_fail(const std::filesystem::path& path, int flags, unsigned mode, std::string_view action) {
    UniqueFd fd(::open(path.c_str(), flags | O_CLOEXEC, mode));
    if (!fd) {
        throw_last_error(action, path.native());
    }
    return fd;
}

/// @return at least 1. @throws std::runtime_error at the end of the file.
std::size_t read_at(int fd, std::uint64_t offset, std::span<char> buffer) {
    for (;;) {
        const ssize_t count = ::pread(fd, buffer.data(), buffer.size(), static_cast<off_t>(offset));
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            throw_last_error("read", "a stored file");
        }
        if (count == 0) {
            throw std::runtime_error("a stored file is shorter than it should be");
        }
        return static_cast<std::size_t>(count);
    }
}

}  // namespace

UniqueFd& UniqueFd::operator=(UniqueFd&& other) noexcept {
    if (this != &other) {
        reset();
        fd_ = other.release();
    }
    return *this;
}

void UniqueFd::reset() {
    if (fd_ >= 0) {
        ::close(fd_);
        fd_ = -1;
    }
}

namespace file {

UniqueFd open_for_reading(const std::filesystem::path& path) {
    return open_or_fail(path, O_RDONLY, 0, "open");
}

UniqueFd create(const std::filesystem::path& path, unsigned mode) {
    return open_or_fail(path, O_WRONLY | O_CREAT | O_EXCL, mode, "create");
}

void write_all(int fd, std::string_view bytes, const std::filesystem::path& path) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(fd, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            throw_last_error("write to", path.native());
        }
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

void sync(int fd, const std::filesystem::path& path) {
    if (::fsync(fd) != 0) {
        throw_last_error("sync", path.native());
    }
}

void read_exactly(int fd, std::uint64_t offset, std::span<char> buffer) {
    while (!buffer.empty()) {
        const std::size_t count = read_at(fd, offset, buffer);
        offset += count;
        buffer = buffer.subspan(count);
    }
}

void begin_sync(int fd, std::uint64_t offset, std::uint64_t length) noexcept {
    // What fails here fails in sync() too.
    static_cast<void>(
        ::sync_file_range(fd, static_cast<off_t>(offset), static_cast<off_t>(length), SYNC_FILE_RANGE_WRITE));
}

void sync_directory(const std::filesystem::path& directory) {
    const UniqueFd fd = open_or_fail(directory, O_RDONLY | O_DIRECTORY, 0, "open");
    sync(fd.get(), directory);
}

std::uint64_t size(int fd, const std::filesystem::path& path) {
    struct stat status {};
    if (::fstat(fd, &status) != 0) {
        throw_last_error("read the size of", path.native());
    }
    return static_cast<std::uint64_t>(status.st_size);
}

bool is_full(const std::system_error& error) {
    return error.code() == std::errc::no_space_on_device ||
           error.code() == std::error_condition(EDQUOT, std::generic_category());
}

std::string read_small(const std::filesystem::path& path, std::size_t limit) {
    const UniqueFd fd = open_for_reading(path);
    std::string content;
    std::string piece(4096, '\0');
    for (;;) {
        const ssize_t count = ::read(fd.get(), piece.data(), piece.size());
        if (count < 0 && errno != EINTR) {
            throw_last_error("read", path.native());
        }
        if (count == 0) {
            return content;
        }
        if (count > 0) {
            content.append(piece, 0, static_cast<std::size_t>(count));
        }
        if (content.size() > limit) {
            throw std::length_error(path.string() + " is larger than " + std::to_string(limit) + " bytes");
        }
    }
}

void replace_small(const std::filesystem::path& path, std::string_view content, unsigned mode) {
    const std::filesystem::path temporary = path.string() + "." + text::to_hex(random_bytes(8));
    const UniqueFd fd = create(temporary, mode);
    try {
        write_all(fd.get(), content, temporary);
        sync(fd.get(), temporary);
        std::filesystem::rename(temporary, path);
    } catch (...) {
        std::error_code ignored;
        std::filesystem::remove(temporary, ignored);
        throw;
    }
    sync_directory(path.parent_path().empty() ? "." : path.parent_path());
}

}  // namespace file

FileSource::FileSource(UniqueFd fd, std::uint64_t offset, std::uint64_t length)
    : fd_(std::move(fd)), offset_(offset), left_(length) {}

std::size_t FileSource::read(std::span<char> buffer) {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), left_));
    if (wanted == 0) {
        return 0;
    }
    const std::size_t count = read_at(fd_.get(), offset_, buffer.first(wanted));
    offset_ += count;
    left_ -= count;
    return count;
}

}  // namespace nassaq
