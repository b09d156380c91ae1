#include "base/sha256.hpp"

#include <openssl/evp.h>

#include <array>
#include <stdexcept>

#include "base/text.hpp"

namespace nassaq {
namespace {

void check(int result) {
    if (result != 1) {
        throw std::runtime_error("OpenSSL: SHA-256 failed");
    }
}

}  // namespace

void Sha256::Free::operator()(evp_md_ctx_st* context) const {
    EVP_MD_CTX_free(context);
}

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
    check(context_ != nullptr ? EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) : 0);
}

void Sha256::update(std::string_view bytes) {
    check(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()));
}

std::string Sha256::finish() {
    std::array<unsigned char, 32> digest{};
    check(EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr));
    return text::to_hex({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

}  // namespace nassaq
