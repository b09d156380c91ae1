#pragma once

#include <cstddef>
#include <span>

namespace nassaq {

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
};

}  // namespace nassaq
