#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/byte_source.hpp"
#include "base/file.hpp"

namespace nassaq::http {

/// The socket of a connection in the hands of a pool's thread, which moves the bytes of large bodies itself: handing
/// each piece to the I/O thread and back would cost more than the piece. It has a descriptor of its own, for the I/O
/// thread may close its own at any moment. Waits for a client no longer than a moment: the rest is the I/O thread's
/// part.
class PoolSocket {
public:
    /// How many bytes a thread moves for one connection before others have their turn.
    static constexpr std::uint64_t share = std::uint64_t{4} << 20U;

    /// @param socket  non-blocking.
    explicit PoolSocket(int socket) noexcept;
    /// False when the process has no descriptor left.
    [[nodiscard]] explicit operator bool() const { return static_cast<bool>(socket_); }

    /// Takes what has arrived. @return 0 when that is nothing, or when the connection is over: the I/O thread sees
    /// which.
    [[nodiscard]] std::size_t receive(std::span<char> buffer) const noexcept;
    /// Sends a part of a file, as much as the kernel takes at once (sendfile(2)). @return how much; 0 when it takes
    /// nothing now; nothing when the connection is broken. @throws std::exception when the file cannot be read so far.
    [[nodiscard]] std::optional<std::uint64_t> send(FilePart from, std::uint64_t length) const;
    /// Whether the kernel takes more within a moment: a client on a fast network makes room for the next piece sooner
    /// than two threads could tell each other of it.
    [[nodiscard]] bool is_writable_soon() const noexcept;

private:
    UniqueFd socket_;
};

}  // namespace nassaq::http
