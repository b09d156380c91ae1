#include "base/digest.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <span>
#include <stdexcept>
#include <vector>

#include "base/file.hpp"
#include "base/text.hpp"

namespace nassaq::digest {
namespace {

void check(int result) {
    if (result != 1) {
        throw std::runtime_error("OpenSSL: a digest failed");
    }
}

}  // namespace

std::string sha256(std::string_view bytes) {
    Running running;
    running.update(bytes);
    return running.finish();
}

std::string sha256(const FileRange& range) {
    constexpr std::uint64_t chunk = std::uint64_t{64} << 10U;
    Running running;
    std::vector<char> buffer(static_cast<std::size_t>(std::min(chunk, range.length)));
    for (std::uint64_t done = 0; done < range.length;) {
        const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), range.length - done));
        file::read_exactly(range.fd, range.offset + done, std::span(buffer).first(count));
        running.update({buffer.data(), count});
        done += count;
    }
    return running.finish();
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

void Running::Free::operator()(evp_md_ctx_st* context) const {
    EVP_MD_CTX_free(context);
}

Running::Running() : context_(EVP_MD_CTX_new()) {
    check(context_ != nullptr ? EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) : 0);
}

void Running::update(std::string_view bytes) {
    check(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()));
}

std::string Running::finish() {
    std::string digest(EVP_MAX_MD_SIZE, '\0');
    unsigned size = 0;
    check(EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(digest.data()), &size));
    digest.resize(size);
    return digest;
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
