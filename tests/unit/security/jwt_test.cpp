#include "security/jwt.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <boost/json/parse.hpp>
#include <string>
#include <thread>
#include <vector>

#include "base/text.hpp"

namespace nassaq::security {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr std::string_view server_secret = "a secret of at least thirty-two bytes";
constexpr std::string_view usual_header = R"({"alg":"HS256","typ":"JWT"})";
constexpr std::string_view usual_payload =
    R"({"sub":"7","rid":99,"exp":2000000000,"iat":1700000000,"type":"access","sid":"s-1"})";

constexpr sys_seconds at(std::int64_t second) {
    return sys_seconds{seconds{second}};
}

constexpr sys_seconds some_time = at(1'800'000'000);

/// Signs any header and payload by OpenSSL's own one-call HMAC.
std::string forge(std::string_view header, std::string_view payload, const EVP_MD* digest = EVP_sha256(),
                  std::string_view key = server_secret) {
    std::string token = text::to_base64url(header) + "." + text::to_base64url(payload);
    std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
    unsigned length = 0;
    HMAC(digest, key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(token.data()),
         token.size(), mac.data(), &length);
    token += "." + text::to_base64url({reinterpret_cast<const char*>(mac.data()), length});
    return token;
}

std::string with_payload(std::string_view payload) {
    return forge(usual_header, payload);
}

const TokenSigner& signer() {
    static const TokenSigner instance(server_secret);
    return instance;
}

/// The error, or nothing for a token that is taken.
std::optional<TokenError> refusal(std::string_view token, sys_seconds now = some_time) {
    const auto claims = signer().verify(token, now);
    return claims ? std::nullopt : std::optional{claims.error()};
}

std::string payload_of(const std::string& token) {
    const auto first = token.find('.');
    const auto second = token.find('.', first + 1);
    return text::from_base64url(token.substr(first + 1, second - first - 1)).value();
}

Claims access_claims() {
    return {.subject = 7,
            .role_id = 99,
            .expires_at = at(2'000'000'000),
            .issued_at = at(1'700'000'000),
            .type = TokenType::access,
            .session_id = "s-1"};
}

TEST(TokenSigner, WritesAccessTokensAsTheContractSays) {
    const std::string token = signer().sign(access_claims());
    EXPECT_EQ(payload_of(token), usual_payload);
    EXPECT_EQ(token, with_payload(usual_payload));
    EXPECT_EQ(signer().verify(token, some_time), access_claims());
}

TEST(TokenSigner, WritesAMissingRoleAsNull) {
    Claims claims = access_claims();
    claims.role_id.reset();
    claims.session_id.clear();
    const std::string token = signer().sign(claims);
    EXPECT_EQ(payload_of(token), R"({"sub":"7","rid":null,"exp":2000000000,"iat":1700000000,"type":"access"})");
    EXPECT_EQ(signer().verify(token, some_time), claims);
}

TEST(TokenSigner, WritesRefreshTokensWithoutRole) {
    Claims claims = access_claims();
    claims.type = TokenType::refresh;
    const std::string token = signer().sign(claims);
    EXPECT_EQ(payload_of(token), R"({"sub":"7","exp":2000000000,"iat":1700000000,"type":"refresh","jti":"s-1"})");
    claims.role_id.reset();
    EXPECT_EQ(signer().verify(token, some_time), claims);
}

TEST(TokenSigner, WritesARotatedRefreshTokenWithItsSession) {
    Claims claims = access_claims();
    claims.type = TokenType::refresh;
    claims.role_id.reset();
    claims.token_id = "t-2";
    const std::string token = signer().sign(claims);
    EXPECT_EQ(payload_of(token),
              R"({"sub":"7","exp":2000000000,"iat":1700000000,"type":"refresh","sid":"s-1","jti":"t-2"})");
    EXPECT_EQ(signer().verify(token, some_time), claims);
}

TEST(TokenSigner, EscapesTheSessionIdAndKeepsItAscii) {
    Claims claims = access_claims();
    claims.session_id = "a\"\\\n";
    EXPECT_EQ(signer().verify(signer().sign(claims), some_time), claims);
    claims.session_id = "جلسة";
    EXPECT_THROW(static_cast<void>(signer().sign(claims)), std::invalid_argument);
}

TEST(TokenSigner, RefusesAnEmptySecret) {
    EXPECT_THROW(TokenSigner(""), std::invalid_argument);
}

TEST(TokenSigner, TakesTheSignatureOfRfc7515) {
    // RFC 7515, A.1. It has none of our claims, which shows that its signature was found good.
    const std::string key =
        text::from_base64url("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")
            .value();
    const std::string token =
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
        ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
        ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    EXPECT_EQ(TokenSigner(key).verify(token, at(0)).error(), TokenError::bad_claims);
    EXPECT_EQ(signer().verify(token, at(0)).error(), TokenError::bad_signature);
}

TEST(TokenSigner, TakesTokensOfPythonJose) {
    const auto access = signer().verify(
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"
        ".eyJzdWIiOiI3IiwicmlkIjo5OSwiZXhwIjoyMDAwMDAwMDAwLCJpYXQiOjE3MDAwMDAwMDAsInR5cGUiOiJhY2Nlc3MifQ"
        ".TaF0QZlexjeYuS2czFwUZgHD1FqVsJoJj7uBl1LQ4pA",
        some_time);
    ASSERT_TRUE(access);
    EXPECT_EQ(access->role_id, 99);
    EXPECT_EQ(access->session_id, "");
    const auto refresh = signer().verify(
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"
        ".eyJzdWIiOiI3IiwiZXhwIjoyMDAwMDAwMDAwLCJpYXQiOjE3MDAwMDAwMDAsInR5cGUiOiJyZWZyZXNoIn0"
        ".ExlwkLajkeNEPTVSSrwGF9HArsWR-j2Jcq1uBX-KEU4",
        some_time);
    ASSERT_TRUE(refresh);
    EXPECT_EQ(refresh->type, TokenType::refresh);
    EXPECT_EQ(refresh->session_id, "");
}

TEST(TokenSigner, TakesOtherHeadersAndFractionsOfASecond) {
    // PyJWT with a key id and with exp 2000000000.75.
    const auto claims = signer().verify(
        "eyJhbGciOiJIUzI1NiIsImtpZCI6IngiLCJ0eXAiOiJKV1QifQ"
        ".eyJzdWIiOiI3IiwicmlkIjo5OSwiZXhwIjoyMDAwMDAwMDAwLjc1LCJpYXQiOjE3MDAwMDAwMDAsInR5cGUiOiJhY2Nlc3MifQ"
        ".3jmLfp1oxMKH3YnOrszc19rlmuXtb7llA-U1f6p-RUo",
        some_time);
    ASSERT_TRUE(claims);
    EXPECT_EQ(claims->expires_at, at(2'000'000'000));
    EXPECT_EQ(refusal(forge(R"({"typ":"whatever","alg":"HS256"})", usual_payload)), std::nullopt);
    EXPECT_EQ(refusal(forge(R"({"alg":"HS256"})", usual_payload)), std::nullopt);
}

TEST(TokenSigner, ChangingAnyCharacterIsNoticed) {
    const std::string token = signer().sign(access_claims());
    for (std::size_t i = 0; i < token.size(); ++i) {
        for (const char other : {'A', 'B', '_', '.', '=', '\0'}) {
            std::string changed = token;
            changed[i] = other;
            if (changed != token) {
                EXPECT_TRUE(refusal(changed)) << "character " << i << " changed to " << other;
            }
        }
    }
}

TEST(TokenSigner, CuttingAnywhereIsNoticed) {
    const std::string token = signer().sign(access_claims());
    for (std::size_t length = 0; length < token.size(); ++length) {
        EXPECT_TRUE(refusal(token.substr(0, length))) << length;
        EXPECT_TRUE(refusal(token.substr(token.size() - length))) << length;
    }
}

TEST(TokenSigner, AnotherSecretIsABadSignature) {
    EXPECT_EQ(refusal(forge(usual_header, usual_payload, EVP_sha256(), "another secret")), TokenError::bad_signature);
    EXPECT_EQ(refusal(forge(usual_header, usual_payload, EVP_sha256(), std::string(server_secret) + " ")),
              TokenError::bad_signature);
}

TEST(TokenSigner, NoAlgorithmButHs256IsTaken) {
    for (const char* algorithm : {"none", "None", "NONE", "", "hs256", "HS256 ", "HS384", "HS512", "RS256", "ES256"}) {
        const std::string header = std::string(R"({"alg":")") + algorithm + R"(","typ":"JWT"})";
        EXPECT_EQ(refusal(forge(header, usual_payload)), TokenError::wrong_algorithm) << algorithm;
        const std::string unsigned_token = text::to_base64url(header) + "." + text::to_base64url(usual_payload) + ".";
        EXPECT_EQ(refusal(unsigned_token), TokenError::wrong_algorithm) << algorithm;
    }
    EXPECT_EQ(refusal(forge(R"({"alg":"HS512","typ":"JWT"})", usual_payload, EVP_sha512())),
              TokenError::wrong_algorithm);
    EXPECT_EQ(refusal(forge(usual_header, usual_payload, EVP_sha512())), TokenError::bad_signature);
    EXPECT_EQ(refusal(forge(R"({"typ":"JWT"})", usual_payload)), TokenError::wrong_algorithm);
    EXPECT_EQ(refusal(forge(R"({"alg":null})", usual_payload)), TokenError::wrong_algorithm);
    EXPECT_EQ(refusal(forge(R"({"alg":["HS256"]})", usual_payload)), TokenError::wrong_algorithm);
}

TEST(TokenSigner, HeadersThatAreNoObjectOrWantExtensionsAreMalformed) {
    for (const char* header : {"", "null", "[]", "\"HS256\"", "{", "{}{}", R"({"alg":"HS256","crit":["b64"]})"}) {
        EXPECT_EQ(refusal(forge(header, usual_payload)), TokenError::malformed) << header;
    }
}

TEST(TokenSigner, ATokenEndsAtTheSecondOfExp) {
    const std::string token = signer().sign(access_claims());
    EXPECT_EQ(refusal(token, at(1'999'999'999)), std::nullopt);
    EXPECT_EQ(refusal(token, at(2'000'000'000)), TokenError::expired);
    EXPECT_EQ(refusal(token, at(2'000'000'001)), TokenError::expired);
}

TEST(TokenSigner, ExpiredIsToldOnlyOfTokensThatWereOurs) {
    EXPECT_EQ(refusal(forge(usual_header, usual_payload, EVP_sha256(), "another secret"), at(2'100'000'000)),
              TokenError::bad_signature);
}

TEST(TokenSigner, MissingOrWrongClaimsAreRefused) {
    const char* payloads[] = {
        R"({})",
        R"({"rid":99,"exp":2000000000,"iat":1700000000,"type":"access"})",
        R"({"sub":7,"rid":99,"exp":2000000000,"iat":1700000000,"type":"access"})",
        R"({"sub":"","rid":99,"exp":2000000000,"iat":1700000000,"type":"access"})",
        R"({"sub":"7x","rid":99,"exp":2000000000,"iat":1700000000,"type":"access"})",
        R"({"sub":"99999999999999999999","rid":99,"exp":2000000000,"iat":1700000000,"type":"access"})",
        R"({"sub":"7","rid":"99","exp":2000000000,"iat":1700000000,"type":"access"})",
        R"({"sub":"7","rid":1.5,"exp":2000000000,"iat":1700000000,"type":"access"})",
        R"({"sub":"7","rid":true,"exp":2000000000,"iat":1700000000,"type":"access"})",
        R"({"sub":"7","rid":99,"iat":1700000000,"type":"access"})",
        R"({"sub":"7","rid":99,"exp":"2000000000","iat":1700000000,"type":"access"})",
        R"({"sub":"7","rid":99,"exp":null,"iat":1700000000,"type":"access"})",
        R"({"sub":"7","rid":99,"exp":true,"iat":1700000000,"type":"access"})",
        R"({"sub":"7","rid":99,"exp":-1,"iat":1700000000,"type":"access"})",
        R"({"sub":"7","rid":99,"exp":-1.5,"iat":1700000000,"type":"access"})",
        R"({"sub":"7","rid":99,"exp":1e300,"iat":1700000000,"type":"access"})",
        R"({"sub":"7","rid":99,"exp":1e999,"iat":1700000000,"type":"access"})",
        R"({"sub":"7","rid":99,"exp":9223372036854775807,"iat":1700000000,"type":"access"})",
        R"({"sub":"7","rid":99,"exp":18446744073709551615,"iat":1700000000,"type":"access"})",
        R"({"sub":"7","rid":99,"exp":2000000000,"type":"access"})",
        R"({"sub":"7","rid":99,"exp":2000000000,"iat":"x","type":"access"})",
        R"({"sub":"7","rid":99,"exp":2000000000,"iat":1700000000})",
        R"({"sub":"7","rid":99,"exp":2000000000,"iat":1700000000,"type":"Access"})",
        R"({"sub":"7","rid":99,"exp":2000000000,"iat":1700000000,"type":1})",
        R"({"sub":"7","rid":99,"exp":2000000000,"iat":1700000000,"type":"access","sid":5})",
        R"({"sub":"7","exp":2000000000,"iat":1700000000,"type":"refresh","jti":null})",
    };
    for (const char* payload : payloads) {
        EXPECT_EQ(refusal(with_payload(payload)), TokenError::bad_claims) << payload;
    }
}

TEST(TokenSigner, PayloadsThatAreNoObjectAreMalformed) {
    for (const char* payload : {"", "null", "[1]", "{\"sub\":", "{} x", "{\"sub\":\"\xff\"}"}) {
        EXPECT_EQ(refusal(with_payload(payload)), TokenError::malformed) << payload;
    }
    EXPECT_EQ(refusal(with_payload(std::string(2000, '['))), TokenError::malformed);
}

TEST(TokenSigner, OnlyTheOneWayOfBase64urlIsTaken) {
    const std::string token = signer().sign(access_claims());
    EXPECT_EQ(refusal(token + "="), TokenError::malformed);
    EXPECT_EQ(refusal(token + " "), TokenError::malformed);
    EXPECT_EQ(refusal(" " + token), TokenError::malformed);
    EXPECT_EQ(refusal(token + "\n"), TokenError::malformed);
    EXPECT_EQ(refusal(token + "."), TokenError::malformed);
    EXPECT_EQ(refusal("." + token), TokenError::malformed);
    EXPECT_EQ(refusal("..."), TokenError::malformed);
    EXPECT_EQ(refusal(".."), TokenError::malformed);
    EXPECT_EQ(refusal(""), TokenError::malformed);

    // 32 bytes leave two bits of the last character unused; set, they would make a second text for one signature.
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string other = token;
    other.back() = alphabet[alphabet.find(token.back()) | 1U];
    ASSERT_NE(other, token);
    EXPECT_EQ(refusal(other), TokenError::malformed);
}

TEST(TokenSigner, HugeTokensAreRefusedUnread) {
    const auto of_size = [](std::size_t size) {
        const std::string front = R"({"sub":"7","rid":99,"exp":2000000000,"iat":1700000000,"type":"access","sid":")";
        return with_payload(front + std::string(size - front.size() - 2, 'x') + "\"}");
    };
    EXPECT_EQ(refusal(of_size(2900)), std::nullopt);
    EXPECT_EQ(refusal(of_size(3200)), TokenError::malformed);
    EXPECT_EQ(refusal(std::string(50'000'000, '.')), TokenError::malformed);
}

TEST(TokenSigner, CopiesServeManyThreads) {
    std::vector<std::jthread> threads;
    threads.reserve(8);
    for (int t = 0; t < 8; ++t) {
        threads.emplace_back([copy = signer(), t] {
            Claims claims = access_claims();
            for (int i = 0; i < 500; ++i) {
                claims.subject = t * 1000 + i;
                const std::string token = copy.sign(claims);
                EXPECT_EQ(copy.verify(token, some_time), claims);
                EXPECT_TRUE(refusal(token + "A"));
            }
        });
    }
}

}  // namespace
}  // namespace nassaq::security
