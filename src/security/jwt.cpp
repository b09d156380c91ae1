#include "security/jwt.hpp"

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <array>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <cmath>
#include <mutex>
#include <stdexcept>
#include <utility>
#include <vector>

#include "base/text.hpp"

namespace nassaq::security {
namespace {

namespace json = boost::json;

constexpr std::size_t mac_size = 32;
using Mac = std::array<unsigned char, mac_size>;

/// What sign() writes, and most other issuers too: {"alg":"HS256","typ":"JWT"}
constexpr std::string_view usual_header = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";

/// Times beyond the year 9999 can be neither stored nor shown.
constexpr std::int64_t last_second = 253'402'300'799;

/// The three parts of the compact form (RFC 7515, 3.1), still encoded.
struct Parts {
    std::string_view header;
    std::string_view payload;
    std::string_view signature;
    std::string_view signed_text;  ///< Header and payload with the period between them.
};

std::optional<Parts> split(std::string_view token) {
    const std::size_t first = token.find('.');
    const std::size_t second = token.find('.', first + 1);
    if (token.size() > TokenSigner::max_token_bytes || first == std::string_view::npos ||
        second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) {
        return std::nullopt;
    }
    return Parts{token.substr(0, first), token.substr(first + 1, second - first - 1), token.substr(second + 1),
                 token.substr(0, second)};
}

/// A JSON object in base64url, with memory of its own so that the usual token needs none from the heap.
class EncodedObject {
public:
    explicit EncodedObject(std::string_view part) : value_(json::storage_ptr(&memory_)) {
        const auto text = text::from_base64url(part);
        if (!text) {
            return;
        }
        json::error_code error;
        value_ = json::parse(*text, error, &memory_);
        valid_ = !error && value_.is_object();
    }

    [[nodiscard]] bool is_valid() const { return valid_; }
    /// Nothing when there is no such member.
    [[nodiscard]] const json::value* find(std::string_view name) const { return value_.get_object().if_contains(name); }

private:
    std::array<unsigned char, 1024> buffer_;
    json::monotonic_resource memory_{buffer_.data(), buffer_.size()};
    json::value value_;
    bool valid_ = false;
};

std::optional<TokenError> check_header(std::string_view encoded) {
    if (encoded == usual_header) {
        return std::nullopt;
    }
    const EncodedObject header(encoded);
    // "crit" lists extensions that a recipient must understand (RFC 7515, 4.1.11): we have none.
    if (!header.is_valid() || header.find("crit") != nullptr) {
        return TokenError::malformed;
    }
    const json::value* algorithm = header.find("alg");
    if (algorithm == nullptr || !algorithm->is_string() || algorithm->get_string() != "HS256") {
        return TokenError::wrong_algorithm;
    }
    return std::nullopt;
}

/// A NumericDate (RFC 7519, 2): seconds, possibly with a fraction, which is dropped.
std::optional<std::chrono::sys_seconds> read_time(const json::value* value) {
    if (value == nullptr) {
        return std::nullopt;
    }
    std::int64_t seconds = -1;
    if (value->is_int64()) {
        seconds = value->get_int64();
    } else if (value->is_double() && value->get_double() >= 0 && value->get_double() <= last_second) {
        seconds = static_cast<std::int64_t>(std::floor(value->get_double()));
    }
    if (seconds < 0 || seconds > last_second) {
        return std::nullopt;
    }
    return std::chrono::sys_seconds{std::chrono::seconds{seconds}};
}

std::optional<std::int64_t> read_subject(const json::value* value) {
    return value != nullptr && value->is_string() ? text::parse_integer(value->get_string()) : std::nullopt;
}

std::optional<TokenType> read_type(const json::value* value) {
    if (value == nullptr || !value->is_string()) {
        return std::nullopt;
    }
    if (value->get_string() == "access") {
        return TokenType::access;
    }
    return value->get_string() == "refresh" ? std::optional{TokenType::refresh} : std::nullopt;
}

/// @return false when the claim is there but is no role id.
bool read_role(const json::value* value, std::optional<std::int64_t>& role_id) {
    if (value == nullptr || value->is_null()) {
        return true;
    }
    if (!value->is_int64()) {
        return false;
    }
    role_id = value->get_int64();
    return true;
}

/// @return false when the claim is there but is no text.
bool read_text(const json::value* value, std::string& text) {
    if (value == nullptr) {
        return true;
    }
    if (!value->is_string()) {
        return false;
    }
    text = value->get_string();
    return true;
}

std::optional<Claims> read_claims(const EncodedObject& payload) {
    const auto subject = read_subject(payload.find("sub"));
    const auto expires_at = read_time(payload.find("exp"));
    const auto issued_at = read_time(payload.find("iat"));
    const auto type = read_type(payload.find("type"));
    if (!subject || !expires_at || !issued_at || !type) {
        return std::nullopt;
    }
    Claims claims{.subject = *subject, .expires_at = *expires_at, .issued_at = *issued_at, .type = *type};
    const bool is_access = *type == TokenType::access;
    if (is_access && !read_role(payload.find("rid"), claims.role_id)) {
        return std::nullopt;
    }
    if (!read_text(payload.find("sid"), claims.session_id) ||
        (!is_access && !read_text(payload.find("jti"), claims.token_id))) {
        return std::nullopt;
    }
    if (claims.session_id.empty()) {
        claims.session_id = std::exchange(claims.token_id, {});
    }
    return claims;
}

std::string write_claims(const Claims& claims) {
    const bool is_access = claims.type == TokenType::access;
    std::string text = fmt::format(R"({{"sub":"{}",)", claims.subject);
    if (is_access) {
        text += claims.role_id ? fmt::format(R"("rid":{},)", *claims.role_id) : R"("rid":null,)";
    }
    text += fmt::format(R"("exp":{},"iat":{},"type":"{}")", claims.expires_at.time_since_epoch().count(),
                        claims.issued_at.time_since_epoch().count(), is_access ? "access" : "refresh");
    const bool has_own_id = !is_access && !claims.token_id.empty();
    if (!claims.session_id.empty()) {
        text += fmt::format(R"(,"{}":{})", is_access || has_own_id ? "sid" : "jti",
                            json::serialize(json::string_view(claims.session_id)));
    }
    if (has_own_id) {
        text += fmt::format(R"(,"jti":{})", json::serialize(json::string_view(claims.token_id)));
    }
    text += '}';
    return text;
}

void check(bool success) {
    if (!success) {
        throw std::runtime_error("OpenSSL: HMAC-SHA-256 failed");
    }
}

}  // namespace

/// The key, already worked into HMAC's state. OpenSSL takes longer to copy that state than to hash a token, so the
/// copies are kept for the next computation.
class TokenSigner::Key {
public:
    explicit Key(std::string_view secret) {
        const std::unique_ptr<EVP_MAC, FreeMac> mac(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
        check(mac != nullptr);
        prepared_.reset(EVP_MAC_CTX_new(mac.get()));
        std::string digest = "SHA256";
        const std::array parameters{OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
                                    OSSL_PARAM_construct_end()};
        check(prepared_ != nullptr &&
              EVP_MAC_init(prepared_.get(), reinterpret_cast<const unsigned char*>(secret.data()), secret.size(),
                           parameters.data()) == 1);
    }

    [[nodiscard]] Mac compute(std::string_view text) const {
        Context context = take_copy();
        Mac mac{};
        std::size_t length = 0;
        check(EVP_MAC_init(context.get(), nullptr, 0, nullptr) == 1 &&  // From the start, with the same key.
              EVP_MAC_update(context.get(), reinterpret_cast<const unsigned char*>(text.data()), text.size()) == 1 &&
              EVP_MAC_final(context.get(), mac.data(), &length, mac.size()) == 1 && length == mac.size());
        const std::scoped_lock lock(mutex_);
        copies_.push_back(std::move(context));
        return mac;
    }

private:
    struct FreeMac {
        void operator()(EVP_MAC* mac) const { EVP_MAC_free(mac); }
        void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
    };
    using Context = std::unique_ptr<EVP_MAC_CTX, FreeMac>;

    /// As many are made as threads compute at the same time.
    [[nodiscard]] Context take_copy() const {
        {
            const std::scoped_lock lock(mutex_);
            if (!copies_.empty()) {
                Context copy = std::move(copies_.back());
                copies_.pop_back();
                return copy;
            }
        }
        Context copy(EVP_MAC_CTX_dup(prepared_.get()));
        check(copy != nullptr);
        return copy;
    }

    Context prepared_;
    mutable std::mutex mutex_;
    mutable std::vector<Context> copies_;
};

TokenSigner::TokenSigner(std::string_view secret) {
    if (secret.empty()) {
        throw std::invalid_argument("the secret that tokens are signed with is empty");
    }
    key_ = std::make_shared<const Key>(secret);
}

std::string TokenSigner::sign(const Claims& claims) const {
    if (!text::is_ascii(claims.session_id) || !text::is_ascii(claims.token_id)) {
        throw std::invalid_argument("a session id to be signed is not ASCII");
    }
    std::string token{usual_header};
    token += '.';
    token += text::to_base64url(write_claims(claims));
    const Mac mac = key_->compute(token);
    token += '.';
    token += text::to_base64url({reinterpret_cast<const char*>(mac.data()), mac.size()});
    return token;
}

std::expected<Claims, TokenError> TokenSigner::verify(std::string_view token, std::chrono::sys_seconds now) const {
    const auto parts = split(token);
    if (!parts) {
        return std::unexpected(TokenError::malformed);
    }
    if (const auto error = check_header(parts->header)) {
        return std::unexpected(*error);
    }
    const auto signature = text::from_base64url(parts->signature);
    if (!signature) {
        return std::unexpected(TokenError::malformed);
    }
    const Mac mac = key_->compute(parts->signed_text);
    if (signature->size() != mac.size() || CRYPTO_memcmp(signature->data(), mac.data(), mac.size()) != 0) {
        return std::unexpected(TokenError::bad_signature);
    }
    const EncodedObject payload(parts->payload);
    if (!payload.is_valid()) {
        return std::unexpected(TokenError::malformed);
    }
    auto claims = read_claims(payload);
    if (!claims) {
        return std::unexpected(TokenError::bad_claims);
    }
    if (now >= claims->expires_at) {
        return std::unexpected(TokenError::expired);
    }
    return *std::move(claims);
}

}  // namespace nassaq::security
