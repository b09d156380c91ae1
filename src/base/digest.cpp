#include "base/digest.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <vector>

#include "base/text.hpp"

namespace nassaq::digest {
namespace {

using Context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

void check(int result) {
    if (result != 1) {
        throw std::runtime_error("OpenSSL: a digest failed");
    }
}

void begin(EVP_MD_CTX* context, const EVP_MD* kind) {
    check(context != nullptr ? EVP_DigestInit_ex(context, kind, nullptr) : 0);
}

std::string end(EVP_MD_CTX* context) {
    std::string digest(EVP_MAX_MD_SIZE, '\0');
    unsigned size = 0;
    check(EVP_DigestFinal_ex(context, reinterpret_cast<unsigned char*>(digest.data()), &size));
    digest.resize(size);
    return digest;
}

std::string digest_of(const EVP_MD* kind, std::string_view bytes) {
    const Context context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    begin(context.get(), kind);
    check(EVP_DigestUpdate(context.get(), bytes.data(), bytes.size()));
    return end(context.get());
}

std::string digest_of(const EVP_MD* kind, const FileRange& range) {
    constexpr std::uint64_t chunk = 64 * 1024;
    const Context context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    begin(context.get(), kind);
    std::vector<char> buffer(static_cast<std::size_t>(std::min(chunk, range.length)));
    for (std::uint64_t done = 0; done < range.length;) {
        const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), range.length - done));
        const ssize_t count = ::pread(range.fd, buffer.data(), wanted, static_cast<off_t>(range.offset + done));
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            throw std::system_error(errno, std::generic_category(), "cannot read a file for its digest");
        }
        if (count == 0) {
            throw std::runtime_error("a file ended before the end of what its digest is of");
        }
        check(EVP_DigestUpdate(context.get(), buffer.data(), static_cast<std::size_t>(count)));
        done += static_cast<std::uint64_t>(count);
    }
    return end(context.get());
}

}  // namespace

std::string sha256(std::string_view bytes) {
    return digest_of(EVP_sha256(), bytes);
}

std::string md5(std::string_view bytes) {
    return digest_of(EVP_md5(), bytes);
}

std::string sha256(const FileRange& range) {
    return digest_of(EVP_sha256(), range);
}

std::string md5(const FileRange& range) {
    return digest_of(EVP_md5(), range);
}

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
    std::string digest(32, '\0');
    unsigned size = 0;
    const auto* result = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                              reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                              reinterpret_cast<unsigned char*>(digest.data()), &size);
    check(result != nullptr && size == digest.size() ? 1 : 0);
    return digest;
}

void Md5::Free::operator()(evp_md_ctx_st* context) const {
    EVP_MD_CTX_free(context);
}

Md5::Md5() : context_(EVP_MD_CTX_new()) {
    begin(context_.get(), EVP_md5());
}

void Md5::update(std::string_view bytes) {
    check(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()));
}

std::string Md5::finish() {
    return end(context_.get());
}

std::string to_base64(std::string_view bytes) {
    std::string text = text::to_base64url(bytes);
    std::ranges::replace(text, '-', '+');
    std::ranges::replace(text, '_', '/');
    text.append((4 - text.size() % 4) % 4, '=');
    return text;
}

std::optional<std::string> from_base64(std::string_view text) {
    if (text.size() % 4 != 0 || text.find_first_of("-_") != std::string_view::npos) {
        return std::nullopt;
    }
    std::string unpadded(text);
    for (int padding = 0; padding < 2 && unpadded.ends_with('='); ++padding) {
        unpadded.pop_back();
    }
    std::ranges::replace(unpadded, '+', '-');
    std::ranges::replace(unpadded, '/', '_');
    return text::from_base64url(unpadded);
}

}  // namespace nassaq::digest
