#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/byte_source.hpp"

/// Bytes in gzip (RFC 1952), by zlib: rather soon than small.
namespace nassaq::http {

std::string gzip(std::string_view bytes);

class Deflater;  // Of gzip.cpp: nothing else sees zlib.

/// What another source gives, in gzip. Holds a piece of it at a time.
class GzipSource final : public ByteSource {
public:
    /// What one takes, without the source that it reads.
    static const std::size_t memory;

    explicit GzipSource(std::unique_ptr<ByteSource> source);
    ~GzipSource() override;
    std::size_t read(std::span<char> buffer) override;

private:
    std::unique_ptr<ByteSource> source_;
    std::unique_ptr<Deflater> deflater_;
    std::array<char, std::size_t{16} << 10U> piece_{};
    bool is_over_ = false;  ///< The source has nothing more.
};

}  // namespace nassaq::http
