#include "base/id.hpp"

#include <fmt/format.h>
#include <openssl/rand.h>

#include <stdexcept>
#include <string_view>

#include "base/text.hpp"

namespace nassaq {

std::string random_bytes(std::size_t count) {
    std::string bytes(count, '\0');
    if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) != 1) {
        throw std::runtime_error("the system's random generator failed");
    }
    return bytes;
}

std::string random_uuid() {
    std::string bytes = random_bytes(16);
    bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x40);
    bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);
    const std::string hex = text::to_hex(bytes);
    return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4), hex.substr(16, 4),
                       hex.substr(20));
}

std::string random_password(std::size_t count) {
    // 64 characters, so that six bits of a byte choose one without bias.
    constexpr std::string_view alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789-_+=%@#";
    static_assert(alphabet.size() == 64);
    std::string password = random_bytes(count);
    for (char& character : password) {
        character = alphabet[static_cast<unsigned char>(character) % alphabet.size()];
    }
    return password;
}

}  // namespace nassaq
