#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

/// Digests and the encoding that protocols send them in, by OpenSSL. A digest is its raw bytes.
namespace nassaq::digest {

std::string sha256(std::string_view bytes);
/// RFC 2104.
std::string hmac_sha256(std::string_view key, std::string_view bytes);

/// What of a file is read for a digest.
struct FileRange {
    int fd = -1;  ///< Borrowed; read with pread(2), so several threads may share it.
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
};

/// @throws std::system_error, std::runtime_error when the file ends before.
std::string sha256(const FileRange& range);

/// The SHA-256 of bytes that come in pieces.
class Running {
public:
    Running();
    void update(std::string_view bytes);
    /// The object cannot be used after it.
    std::string finish();

private:
    struct Free {
        void operator()(evp_md_ctx_st* context) const;
    };
    std::unique_ptr<evp_md_ctx_st, Free> context_;
};

/// RFC 4648, 4, with padding.
std::string to_base64(std::string_view bytes);
/// Nothing when the text is not exactly what to_base64() writes.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace nassaq::digest
