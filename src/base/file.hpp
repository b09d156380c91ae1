#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/byte_source.hpp"

namespace nassaq {

/// Owns a file descriptor and closes it.
class UniqueFd {
public:
    UniqueFd() = default;
    explicit UniqueFd(int fd) : fd_(fd) {}
    UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    UniqueFd& operator=(UniqueFd&& other) noexcept;
    UniqueFd(const UniqueFd&) = delete;
    UniqueFd& operator=(const UniqueFd&) = delete;
    ~UniqueFd() { reset(); }

    [[nodiscard]] int get() const { return fd_; }
    [[nodiscard]] explicit operator bool() const { return fd_ >= 0; }
    int release() { return std::exchange(fd_, -1); }
    void reset();

private:
    int fd_ = -1;
};

/// All of these throw std::system_error, which carries errno (ENOSPC is how a full disk shows) and names the file.
namespace file {

UniqueFd open_for_reading(const std::filesystem::path& path);
/// Creates a file that must not exist yet.
UniqueFd create(const std::filesystem::path& path, unsigned mode = 0600);
void write_all(int fd, std::string_view bytes, const std::filesystem::path& path);
/// Makes written bytes survive a power cut (fsync(2)).
void sync(int fd, const std::filesystem::path& path);
/// Fills the buffer from that place on. @throws std::runtime_error when the file ends before.
void read_exactly(int fd, std::uint64_t offset, std::span<char> buffer);
/// Has the kernel begin to write that part to the disk, so that a later sync() has less to wait for.
void begin_sync(int fd, std::uint64_t offset, std::uint64_t length) noexcept;
/// Makes names created in or removed from a folder survive a power cut.
void sync_directory(const std::filesystem::path& directory);
std::uint64_t size(int fd, const std::filesystem::path& path);

/// Whether an error says that there is no room left, or no more for us.
[[nodiscard]] bool is_full(const std::system_error& error);

/// The content of a small file. @throws std::length_error when it is larger than `limit` bytes.
std::string read_small(const std::filesystem::path& path, std::size_t limit = std::size_t{1} << 20);
/// Writes a small file so that a reader sees either the old or the new content, also after a power cut.
void replace_small(const std::filesystem::path& path, std::string_view content, unsigned mode = 0600);

}  // namespace file

/// Reads `length` bytes of a file from `offset` on; a file that ends before is an error, never a short stream.
class FileSource final : public ByteSource {
public:
    FileSource(UniqueFd fd, std::uint64_t offset, std::uint64_t length);
    std::size_t read(std::span<char> buffer) override;
    [[nodiscard]] std::optional<FilePart> file() const override { return FilePart{.fd = fd_.get(), .offset = offset_}; }

private:
    UniqueFd fd_;
    std::uint64_t offset_;
    std::uint64_t left_;
};

}  // namespace nassaq
