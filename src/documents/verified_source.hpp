#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/byte_source.hpp"
#include "base/sha256.hpp"

namespace nassaq::documents {

/// Passes on a whole document and compares it with its checksum on the way. The last piece is given only when they
/// agree: bytes that were damaged in the storage or on the way never look whole.
class VerifiedSource final : public ByteSource {
public:
    VerifiedSource(std::unique_ptr<ByteSource> source, std::uint64_t length, std::string sha256);
    /// @throws std::runtime_error in place of the last piece when the document is not the one that was uploaded.
    std::size_t read(std::span<char> buffer) override;

private:
    std::unique_ptr<ByteSource> source_;
    std::uint64_t left_;
    std::string expected_;
    Sha256 hash_;
};

}  // namespace nassaq::documents
