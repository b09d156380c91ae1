#pragma once

#include <filesystem>
#include <string>

namespace nassaq::security {

/// The secret in `file`, which is made with 48 random bytes (as base64url, mode 0600) when it is not there. Two
/// processes that start at once get the same secret, and a process killed half-way never leaves a part of one.
///
/// A file that others can read is refused, not mended: whoever could read it may hold the secret already, and only its
/// owner can decide between keeping it and making a new one.
/// @throws std::system_error when the file cannot be read or made.
/// @throws std::runtime_error when others can read it or its content is no secret; the text says how to mend it.
std::string load_or_create_secret(const std::filesystem::path& file);

}  // namespace nassaq::security
