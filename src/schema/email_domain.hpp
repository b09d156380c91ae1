#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace nassaq::schema {

struct EmailDomain {
    std::string unicode;
    std::string ascii;  ///< As it is sent without SMTPUTF8 ("xn--…").
};

/// Checks what stands behind the @-sign, or tells why it is refused. See normalize_email().
std::expected<EmailDomain, std::string> normalize_domain(std::u32string_view domain);

}  // namespace nassaq::schema
