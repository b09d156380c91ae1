#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace nassaq::schema {

/// Checks an e-mail address as Pydantic 2's EmailStr does, that is the Python package email-validator with its default
/// settings and without asking the DNS (RFC 5321, RFC 6531, RFC 5890; special-use domains by RFC 6761).
///
/// @param address any text in valid UTF-8.
/// @return the address with its local part in NFC and its domain in lower case and in Unicode form; or why it is
/// refused, worded as that package words it, for "value is not a valid email address: REASON".
std::expected<std::string, std::string> normalize_email(std::string_view address);

}  // namespace nassaq::schema
