#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace nassaq {

/// A place in a plain file. Borrows the descriptor.
struct FilePart {
    int fd = -1;
    std::uint64_t offset = 0;
};

/// A stream of bytes that is pulled by its reader. Used by one thread at a time.
class ByteSource {
public:
    ByteSource() = default;
    ByteSource(const ByteSource&) = delete;
    ByteSource& operator=(const ByteSource&) = delete;
    virtual ~ByteSource() = default;

    /// Blocks until at least one byte is there, and fills the front of `buffer`.
    /// @return how many bytes were written; 0 only at the end of the stream.
    /// @throws std::runtime_error when the stream breaks before its end.
    virtual std::size_t read(std::span<char> buffer) = 0;

    /// Where the rest of the stream stands, when it is nothing but part of a file: it may be taken from there instead.
    [[nodiscard]] virtual std::optional<FilePart> file() const { return std::nullopt; }
};

}  // namespace nassaq
