#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace nassaq::security {

enum class TokenType { access, refresh };

/// What a token says (api.md, 2).
struct Claims {
    // NOLINTBEGIN(readability-redundant-member-init): g++ wants them, or designated initializers must name all.
    std::int64_t subject = 0;                  ///< `sub`: the user's id, on the wire as a string.
    std::optional<std::int64_t> role_id = {};  ///< `rid`: of an access token only; null for a user without a role.
    std::chrono::sys_seconds expires_at = {};  ///< `exp`
    std::chrono::sys_seconds issued_at = {};   ///< `iat`
    TokenType type = TokenType::access;        ///< `type`
    /// `sid`; of a refresh token that has none, its `jti`. Empty when absent.
    std::string session_id = {};
    /// `jti` of a refresh token that rotation has issued; empty for one that has the name of its session.
    std::string token_id = {};
    // NOLINTEND(readability-redundant-member-init)
    bool operator==(const Claims&) const = default;
};

/// Why a token was refused.
enum class TokenError {
    malformed,        ///< Not three parts of base64url, a header that is no JSON object, or too long.
    wrong_algorithm,  ///< The header's `alg` is not "HS256".
    bad_signature,
    bad_claims,  ///< Signed by us, but a claim is missing or of the wrong type.
    expired,
};

/// Signs and verifies JSON Web Tokens (RFC 7519) in the compact form (RFC 7515) with HMAC-SHA-256 and nothing else.
/// Copies share the prepared key. Safe to use from several threads at once.
class TokenSigner {
public:
    /// Tokens longer than this are refused unread.
    static constexpr std::size_t max_token_bytes = 4096;

    /// @throws std::invalid_argument when the secret is empty.
    explicit TokenSigner(std::string_view secret);

    /// @throws std::invalid_argument when the session id is not ASCII: the front end reads claims as Latin-1.
    [[nodiscard]] std::string sign(const Claims& claims) const;

    /// Reads a token, the signature before any claim. A token is expired from the second `exp` on.
    [[nodiscard]] std::expected<Claims, TokenError> verify(std::string_view token, std::chrono::sys_seconds now) const;

private:
    class Key;
    std::shared_ptr<const Key> key_;
};

}  // namespace nassaq::security
