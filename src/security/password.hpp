#pragma once

#include <string>
#include <string_view>

/// Password hashing by bcrypt (Provos and Mazières, "A Future-Adaptable Password Scheme", 1999) through libxcrypt.
/// Every call takes about a quarter of a second of processor time on purpose: never make one on an I/O thread.
/// All functions may be called from several threads at once.
namespace nassaq::security {

/// bcrypt's cost: 2^12 rounds of key expansion.
inline constexpr unsigned bcrypt_work_factor = 12;
/// bcrypt ignores what comes after so many bytes.
inline constexpr std::size_t max_password_bytes = 72;

/// A `$2b$` hash of the password, 60 characters, with a new random salt.
/// @throws std::invalid_argument when the password is longer than max_password_bytes or has a NUL in it, because bcrypt
/// would then silently hash only a part of it.
std::string hash_password(std::string_view password);

/// Whether `hash` (`$2a$`, `$2b$` or `$2y$`) was made from `password`. False for anything that is no bcrypt hash, and
/// for a password that hash_password() refuses. The hashes are compared in constant time.
bool verify_password(std::string_view password, std::string_view hash);

/// A hash that no password is known for. Verify against it when there is no such account, so that the answer takes as
/// long as for an account that exists. The password was random, and was never written down.
std::string_view decoy_hash();

}  // namespace nassaq::security
