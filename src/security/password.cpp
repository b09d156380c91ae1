#include "security/password.hpp"

#include <crypt.h>
#include <openssl/crypto.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <thread>

#include "base/id.hpp"
#include "base/last_error.hpp"

namespace nassaq::security {
namespace {

/// "$2b$12$", 22 characters of salt, 31 of checksum.
constexpr std::size_t hash_length = 60;
constexpr std::size_t checksum_length = 31;
/// Added to the priority of a thread that hashes.
constexpr int hashing_niceness = 10;

/// A copy of a password that ends with a NUL, as crypt(3) wants it, and that leaves no trace in memory.
class TerminatedPassword {
public:
    explicit TerminatedPassword(std::string_view password) { std::ranges::copy(password, bytes_.begin()); }
    TerminatedPassword(const TerminatedPassword&) = delete;
    TerminatedPassword& operator=(const TerminatedPassword&) = delete;
    ~TerminatedPassword() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

    [[nodiscard]] const char* c_str() const { return bytes_.data(); }

private:
    std::array<char, max_password_bytes + 1> bytes_{};
};

/// crypt(3)'s working memory: 32 KiB, which hold the password among other things.
class CryptMemory {
public:
    CryptMemory() : data_(std::make_unique<crypt_data>()) {}
    CryptMemory(const CryptMemory&) = delete;
    CryptMemory& operator=(const CryptMemory&) = delete;
    ~CryptMemory() { OPENSSL_cleanse(data_.get(), sizeof(crypt_data)); }

    /// On a thread of its own for as long as it takes, which uses what the rest leaves: the caller's keeps its
    /// priority, since it goes on to write to the database, where others wait for it.
    /// @return empty when crypt(3) cannot work with that setting.
    std::string hash(const TerminatedPassword& password, const std::string& setting) {
        const char* result = nullptr;
        std::jthread([&] {
            // On Linux a thread has a priority of its own (nice(2), "C library/kernel differences").
            [[maybe_unused]] const int reached = ::nice(hashing_niceness);
            result = crypt_rn(password.c_str(), setting.c_str(), data_.get(), sizeof(crypt_data));
        }).join();
        return result == nullptr ? std::string() : std::string(result);
    }

private:
    std::unique_ptr<crypt_data> data_;
};

bool is_hashable(std::string_view password) {
    return password.size() <= max_password_bytes && password.find('\0') == std::string_view::npos;
}

bool is_bcrypt_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '/';
}

bool is_decimal_digit(char c) {
    return c >= '0' && c <= '9';
}

/// Told by ourselves, because crypt(3) also knows a dozen other methods, some of them worthless.
bool is_bcrypt_hash(std::string_view hash) {
    return hash.size() == hash_length &&
           (hash.starts_with("$2a$") || hash.starts_with("$2b$") || hash.starts_with("$2y$")) &&
           is_decimal_digit(hash[4]) && is_decimal_digit(hash[5]) && hash[6] == '$' &&
           std::ranges::all_of(hash.substr(7), is_bcrypt_character);
}

std::string make_setting() {
    const std::string random = random_bytes(16);
    const std::unique_ptr<char, decltype(&std::free)> setting(
        crypt_gensalt_ra("$2b$", bcrypt_work_factor, random.data(), static_cast<int>(random.size())), &std::free);
    if (!setting) {
        throw_last_error("make", "a salt for bcrypt");
    }
    return setting.get();
}

}  // namespace

std::string hash_password(std::string_view password) {
    if (!is_hashable(password)) {
        throw std::invalid_argument("a password to be hashed has more than 72 bytes or a NUL in it");
    }
    const TerminatedPassword terminated(password);
    std::string hash = CryptMemory().hash(terminated, make_setting());
    if (!is_bcrypt_hash(hash)) {
        throw std::runtime_error("the system's crypt library has no bcrypt");
    }
    return hash;
}

bool verify_password(std::string_view password, std::string_view hash) {
    if (!is_hashable(password) || !is_bcrypt_hash(hash)) {
        return false;
    }
    const TerminatedPassword terminated(password);
    const std::string computed = CryptMemory().hash(terminated, std::string(hash));
    if (computed.size() != hash_length) {
        return false;
    }
    // Only the checksums: libxcrypt writes the salt's unused bits as zeros, others have left random ones in them.
    const std::size_t start = hash_length - checksum_length;
    return CRYPTO_memcmp(computed.data() + start, hash.data() + start, checksum_length) == 0;
}

std::string_view decoy_hash() {
    return "$2b$12$VUo6ZQNx/6mG1S4KkvkrPe2cd3Ipmy9YK.ysG/RsyAP63WPouuHg.";
}

}  // namespace nassaq::security
