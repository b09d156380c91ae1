#include "security/secret.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <stdexcept>
#include <string_view>

#include "base/file.hpp"
#include "base/id.hpp"
#include "base/last_error.hpp"
#include "base/text.hpp"

namespace nassaq::security {
namespace {

constexpr std::size_t random_byte_count = 48;
/// HMAC-SHA-256 wants a key of at least its own length (RFC 7518, 3.2).
constexpr std::size_t min_secret_bytes = 32;
constexpr std::size_t max_secret_bytes = 4096;

void refuse_unless_private(int fd, const std::filesystem::path& path) {
    struct stat status {};
    if (::fstat(fd, &status) != 0) {
        throw_last_error("look at", path.native());
    }
    if (!S_ISREG(status.st_mode)) {
        throw std::runtime_error(path.string() + " is not a regular file");
    }
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        throw std::runtime_error(
            path.string() +
            " can be read or changed by other users of this machine. Remove it to have a new secret made "
            "(everyone then signs in again), or, if nobody has read it, run: chmod 600 " +
            path.string());
    }
}

bool is_visible_ascii(char c) {
    return c > ' ' && c <= '~';
}

std::string read_secret(int fd, const std::filesystem::path& path) {
    std::string secret(max_secret_bytes, '\0');
    const ssize_t count = ::read(fd, secret.data(), secret.size());
    if (count < 0) {
        throw_last_error("read", path.native());
    }
    secret.resize(static_cast<std::size_t>(count));
    secret = text::trim(secret);
    if (secret.size() < min_secret_bytes || !std::ranges::all_of(secret, is_visible_ascii)) {
        throw std::runtime_error(
            path.string() +
            " does not hold a secret of at least 32 visible ASCII characters. Remove it to have a new "
            "one made; everyone then signs in again");
    }
    return secret;
}

/// Nothing when there is no such file.
std::optional<std::string> load(const std::filesystem::path& path) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) {
        if (errno == ENOENT) {
            return std::nullopt;
        }
        throw_last_error("open", path.native());
    }
    refuse_unless_private(fd.get(), path);
    return read_secret(fd.get(), path);
}

/// Writes a new secret beside `path` and links it there, which never replaces a file and never shows a part of one.
void create(const std::filesystem::path& path) {
    const std::filesystem::path temporary = path.string() + "." + text::to_hex(random_bytes(8));
    const UniqueFd fd = file::create(temporary);
    try {
        file::write_all(fd.get(), text::to_base64url(random_bytes(random_byte_count)) + "\n", temporary);
        file::sync(fd.get(), temporary);
        if (::link(temporary.c_str(), path.c_str()) != 0 && errno != EEXIST) {
            throw_last_error("create", path.native());
        }
    } catch (...) {
        ::unlink(temporary.c_str());
        throw;
    }
    ::unlink(temporary.c_str());
    file::sync_directory(path.has_parent_path() ? path.parent_path() : ".");
}

}  // namespace

std::string load_or_create_secret(const std::filesystem::path& file) {
    if (auto secret = load(file)) {
        return *std::move(secret);
    }
    create(file);
    // What another process has linked first counts, not what this one has just written.
    if (auto secret = load(file)) {
        return *std::move(secret);
    }
    throw std::runtime_error(file.string() + " was removed while it was being made");
}

}  // namespace nassaq::security
