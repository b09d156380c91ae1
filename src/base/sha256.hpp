#pragma once

#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace nassaq {

/// SHA-256 (FIPS 180-4) of bytes that come in pieces, by OpenSSL.
class Sha256 {
public:
    Sha256();
    void update(std::string_view bytes);
    /// Lower-case hexadecimal. The object cannot be used after it.
    std::string finish();

private:
    struct Free {
        void operator()(evp_md_ctx_st* context) const;
    };
    std::unique_ptr<evp_md_ctx_st, Free> context_;
};

}  // namespace nassaq
