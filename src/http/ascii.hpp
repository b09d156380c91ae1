#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The small grammar that HTTP's fields are made of (RFC 9110, 5.6). Independent of the locale.
namespace nassaq::http::ascii {

constexpr char to_lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}
constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
constexpr bool is_alphanumeric(char c) {
    return is_digit(c) || (to_lower(c) >= 'a' && to_lower(c) <= 'z');
}
/// RFC 9110, 5.6.2 (tchar).
constexpr bool is_token_character(char c) {
    return is_alphanumeric(c) || (c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos);
}

bool equals_ignoring_case(std::string_view left, std::string_view right);
bool starts_with_ignoring_case(std::string_view text, std::string_view prefix);
std::string lower(std::string_view text);
bool is_token(std::string_view text);
/// Without blanks and tabs at both ends (OWS).
std::string_view trim(std::string_view text);
/// Decimal digits and nothing else; nothing when there are none or they do not fit.
std::optional<std::uint64_t> parse_digits(std::string_view text);
/// Takes the text up to the next comma off the front, without OWS. A quoted comma counts as one too: for lists of
/// elements that cannot be quoted strings.
std::string_view take_list_element(std::string_view& list);

}  // namespace nassaq::http::ascii
