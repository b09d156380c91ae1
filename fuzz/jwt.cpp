// A token. The same bytes once more as a header and, on the next lines, a payload, which the target signs: what only
// the holder of the key can have read is fuzzed as well.

#include "security/jwt.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <string>

#include "base/text.hpp"
#include "support.hpp"

namespace {

using namespace nassaq;
using security::TokenError;

constexpr std::string_view secret = "the key of the fuzz target, which signs its saved tokens";
constexpr std::chrono::sys_seconds now{std::chrono::seconds{1'800'000'000}};
constexpr std::string_view usual_header = R"({"alg":"HS256","typ":"JWT"})";

const security::TokenSigner& signer() {
    static const security::TokenSigner instance(secret);
    return instance;
}

/// HMAC-SHA-256 by another way than the signer's.
std::string signature_of(std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> mac{};
    unsigned length = 0;
    HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac.data(), &length);
    return text::to_base64url({reinterpret_cast<const char*>(mac.data()), length});
}

std::string sign(std::string_view header, std::string_view payload) {
    std::string token = text::to_base64url(header) + '.' + text::to_base64url(payload);
    token += '.' + signature_of(token);
    return token;
}

bool is_ours(std::string_view token) {
    const std::size_t end = token.rfind('.');
    return end != std::string_view::npos && token.substr(end + 1) == signature_of(token.substr(0, end));
}

bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

void require_hs256(std::string_view token) {
    const std::string header = text::from_base64url(token.substr(0, token.find('.'))).value_or("");
    fuzz::require(!header.empty(), "the header of a token that is taken is base64url");
    const auto value = boost::json::parse(header);
    fuzz::require(value.at("alg") == "HS256" && !value.as_object().contains("crit"),
                  "a token that is taken says HS256 and asks for nothing else");
}

/// Not by a flipped bit, not under another key, and not when its time is over.
void check_that_it_holds_only_as_it_is(std::string_view token, const security::Claims& claims) {
    std::string broken(token);
    char& changed = broken[broken.size() * 7 / 11];
    changed = changed == 'A' ? 'B' : 'A';
    fuzz::require(!signer().verify(broken, now), "a token that was changed is refused");
    static const security::TokenSigner stranger("the key of somebody else, as long as the first one is");
    const auto refused = stranger.verify(token, now);
    fuzz::require(!refused && refused.error() == TokenError::bad_signature, "another key refuses it");
    const auto late = signer().verify(token, claims.expires_at);
    fuzz::require(!late && late.error() == TokenError::expired, "a token ends with its time");
}

void check(std::string_view token) {
    const auto claims = signer().verify(token, now);
    if (!claims) {
        const bool read = claims.error() == TokenError::bad_claims || claims.error() == TokenError::expired;
        fuzz::require(!read || is_ours(token), "no claim is read before the signature");
        return;
    }
    fuzz::require(is_ours(token), "a token that is taken is one that we signed");
    fuzz::require(token.size() <= security::TokenSigner::max_token_bytes, "a token that is taken is not too long");
    fuzz::require(claims->expires_at > now, "a token that is taken has not expired");
    require_hs256(token);
    check_that_it_holds_only_as_it_is(token, *claims);
    if (!is_ascii(claims->session_id) || !is_ascii(claims->token_id)) return;
    const std::string again = signer().sign(*claims);
    const bool fits = again.size() <= security::TokenSigner::max_token_bytes;
    fuzz::require(!fits || signer().verify(again, now) == claims, "what was read can be signed and read again");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input = fuzz::as_text(data, size);
    check(input);
    check(sign(usual_header, input));
    const auto [header, payload] = fuzz::split_line(input);
    check(sign(header, payload));
    return 0;
}
