#pragma once

#include <concepts>
#include <optional>
#include <set>
#include <string>
#include <string_view>

/// The rules on characters that both parts of an e-mail address share, and how faults of theirs are told.
namespace nassaq::schema {

/// Why an address is refused, if it is.
using Fault = std::optional<std::string>;

/// RFC 5322, 3.2.3 (atext) and, beyond ASCII, RFC 6531, 3.3.
bool is_atom_character(char32_t c);

/// A character as it can safely be shown in a message: in quotes, or by its Unicode name.
std::string display(char32_t c);
std::string join(const std::set<std::string>& displayed);
std::string join_displayed(std::u32string_view text);

/// The characters that are not `allowed`, as displayed and without repetition.
template <std::predicate<char32_t> Allowed>
std::set<std::string> find_bad_characters(std::u32string_view text, Allowed allowed) {
    std::set<std::string> bad;
    for (const char32_t c : text) {
        if (!allowed(c)) {
            bad.insert(display(c));
        }
    }
    return bad;
}

/// Characters that are legal but make no sense or can deceive: control, format and private ones, white space other than
/// what is allowed, a combining mark at the start.
Fault find_unsafe_characters(std::u32string_view text, bool allow_space);

/// A period where there must be none.
/// @param at_start, at_end sentences with {} for "period".
Fault find_period_fault(std::u32string_view text, const char* at_start, const char* at_end);

}  // namespace nassaq::schema
