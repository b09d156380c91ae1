#pragma once

#include <cstddef>
#include <string>

namespace nassaq {

/// All of these come from the operating system's cryptographic generator, through OpenSSL.
/// @throws std::runtime_error when it has no randomness to give.

std::string random_bytes(std::size_t count);
/// A version 4 UUID (RFC 9562): 36 characters.
std::string random_uuid();
/// `count` characters of A-Z, a-z, 0-9 without those that look alike, and of "-_+=%@#".
std::string random_password(std::size_t count);

}  // namespace nassaq
