#include "http/pool_socket.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

#include <cerrno>
#include <stdexcept>

#include "base/last_error.hpp"

namespace nassaq::http {

PoolSocket::PoolSocket(int socket) noexcept : socket_(::fcntl(socket, F_DUPFD_CLOEXEC, 0)) {}

std::size_t PoolSocket::receive(std::span<char> buffer) const noexcept {
    const ssize_t count = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    return count > 0 ? static_cast<std::size_t>(count) : 0;
}

std::optional<std::uint64_t> PoolSocket::send(FilePart from, std::uint64_t length) const {
    auto offset = static_cast<off_t>(from.offset);
    const ssize_t count = ::sendfile(socket_.get(), from.fd, &offset, length);
    if (count > 0) return static_cast<std::uint64_t>(count);
    if (count == 0) throw std::runtime_error("a stored file is shorter than it should be");
    if (errno == EAGAIN || errno == EINTR) return 0;
    if (errno == EIO) throw_last_error("read", "a stored file");
    return std::nullopt;
}

bool PoolSocket::is_writable_soon() const noexcept {
    constexpr int moment_milliseconds = 5;
    pollfd socket{.fd = socket_.get(), .events = POLLOUT, .revents = 0};
    return ::poll(&socket, 1, moment_milliseconds) == 1;
}

}  // namespace nassaq::http
