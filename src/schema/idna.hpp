#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

/// Internationalized domain names: IDNA 2008 (RFC 5890 to 5893) on text mapped by UTS #46. ICU has UTS #46 alone, which
/// takes names that registries refuse, such as emoji; the reasons are worded as the Python package idna words them.
namespace nassaq::schema::idna {

/// Maps a domain for look-up: lower case, NFC, one kind of full stop (UTS #46, 4, step 1 and 2).
/// @return the reason when a character has no place in a domain.
std::expected<std::u32string, std::string> map(std::u32string_view domain);

/// The ASCII form of one label ("xn--…" when it is not ASCII already), or why it has none.
std::expected<std::string, std::string> to_ascii_label(std::u32string_view label);

/// The Unicode form of one ASCII label, or why it has none.
std::expected<std::u32string, std::string> to_unicode_label(std::string_view label);

/// Whether some character is written from right to left.
bool has_right_to_left(std::u32string_view text);

/// How the label breaks the rule for names with right-to-left letters (RFC 5893, 2), if it does.
std::optional<std::string> find_bidi_fault(std::u32string_view label);

}  // namespace nassaq::schema::idna
