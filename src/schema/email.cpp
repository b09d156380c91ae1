#include "schema/email.hpp"

#include <fmt/format.h>
#include <unicode/uchar.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "schema/code_points.hpp"
#include "schema/email_domain.hpp"
#include "schema/email_text.hpp"

namespace nassaq::schema {
namespace {

constexpr std::size_t max_input_length = 2048;
constexpr std::size_t max_address_bytes = 254;

/// Mailboxes that RFC 2142 makes the same in any case.
constexpr std::array<std::string_view, 15> case_insensitive_mailboxes{
    "info",       "marketing", "sales", "support",   "abuse", "noc",  "security", "postmaster",
    "hostmaster", "usenet",    "news",  "webmaster", "www",   "uucp", "ftp"};

/// White space as Python's str.isspace() has it.
bool is_space(char32_t c) {
    return u_isUWhiteSpace(static_cast<UChar32>(c)) != 0 || (c >= 0x1C && c <= 0x1F);
}

std::u32string_view strip(std::u32string_view text) {
    while (!text.empty() && is_space(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && is_space(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

// ---- "Name <address>" ----

bool is_name_character(char32_t c) {
    constexpr std::u32string_view marks = U".!#$%&'*+-/=?^_`{|}~";
    const char category = major_category(c);
    return category == 'L' || category == 'N' || marks.contains(c);
}

/// Where the '<' stands that ends the name, if the text before it is one as Pydantic takes it.
std::optional<std::size_t> find_end_of_name(std::u32string_view text) {
    if (!text.starts_with(U'"')) {
        const std::size_t bracket = text.find(U'<');
        const bool is_name = bracket != std::u32string_view::npos &&
                             std::ranges::all_of(text.substr(0, bracket),
                                                 [](char32_t c) { return is_name_character(c) || is_space(c); });
        return is_name ? std::optional{bracket} : std::nullopt;
    }
    // A quoted name may have quotes in it: the last one before a '<' ends it.
    for (std::size_t bracket = text.rfind(U'<', text.size() - 2); bracket != std::u32string_view::npos && bracket > 2;
         bracket = text.rfind(U'<', bracket - 1)) {
        const std::u32string_view name = strip(text.substr(0, bracket));
        if (name.size() > 2 && name.ends_with(U'"')) {
            return bracket;
        }
    }
    return std::nullopt;
}

/// The address of "Name <address>" or "<address>"; any other text as it is. Pydantic drops the name.
std::u32string_view drop_name(std::u32string_view text) {
    const std::u32string_view stripped = strip(text);
    if (!stripped.ends_with(U'>')) {
        return text;
    }
    const auto bracket = find_end_of_name(stripped);
    if (!bracket || *bracket + 2 >= stripped.size()) {
        return text;
    }
    return stripped.substr(*bracket + 1, stripped.size() - *bracket - 2);
}

// ---- Splitting at the @-sign ----

/// Whether the character at `position` is changed by the combining characters behind it ('<' with U+0338 is U+226E).
bool is_combined(std::u32string_view text, std::size_t position) {
    constexpr std::size_t window = 32;  // One character and the 30 marks that Unicode's Stream-Safe Text Format allows.
    const std::u32string_view piece = text.substr(position, window);
    return !is_ascii(piece.substr(0, 2)) && normalize_nfc(piece).front() != piece.front();
}

/// The place of the first of `specials` that stands outside quotes.
std::optional<std::size_t> find_unquoted(std::u32string_view text, std::u32string_view specials) {
    bool inside_quotes = false;
    bool escaped = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char32_t c = text[i];
        if (is_combined(text, i)) {
            continue;
        }
        if (inside_quotes) {
            inside_quotes = c != U'"' || escaped;
            escaped = c == U'\\' && !escaped;
        } else if (c == U'"') {
            inside_quotes = true;
        } else if (specials.contains(c)) {
            return i;
        }
    }
    return std::nullopt;
}

std::string explain_missing_at_sign(std::u32string_view text) {
    if (text.contains(char32_t{0xFF20})) {
        return "The email address has the \"full-width\" at-sign (@) character instead of a regular at-sign.";
    }
    if (text.contains(char32_t{0xFE6B})) {
        return "The email address has the \"small commercial at\" character instead of a regular at-sign.";
    }
    return "An email address must have an @-sign.";
}

struct Unquoted {
    std::u32string text;
    bool was_quoted = false;
};

/// Takes the quotes and the backslashes off a quoted text.
std::expected<Unquoted, std::string> unquote(std::u32string_view text) {
    if (!text.starts_with(U'"')) {
        return Unquoted{std::u32string(text), false};
    }
    Unquoted result{{}, true};
    bool escaped = false;
    for (std::size_t i = 1; i < text.size(); ++i) {
        const char32_t c = text[i];
        if (!escaped && c == U'"') {
            if (i + 1 < text.size()) {
                return std::unexpected("Extra character(s) found after close quote: " +
                                       join_displayed(text.substr(i + 1)));
            }
            break;
        }
        if (!escaped && c == U'\\') {
            escaped = true;
        } else {
            result.text += c;
            escaped = false;
        }
    }
    return result;
}

/// What is wrong with the name of "name <address>", where Pydantic has not taken it off already.
Fault find_name_fault(std::u32string_view name) {
    while (!name.empty() && is_space(name.back())) {
        name.remove_suffix(1);
    }
    const auto unquoted = unquote(name);
    if (!unquoted) {
        return unquoted.error();
    }
    if (!unquoted->was_quoted) {
        const auto bad = find_bad_characters(
            unquoted->text, [](char32_t c) { return (is_atom_character(c) && c < 0x80) || c == U' '; });
        if (!bad.empty()) {
            return "The display name contains invalid characters when not quoted: " + join(bad) + ".";
        }
    }
    return find_unsafe_characters(unquoted->text, true);
}

/// The address of "<address>", or why it is none.
std::expected<std::u32string_view, std::string> strip_brackets(std::u32string_view text) {
    if (!text.contains(U'>')) {
        return std::unexpected(
            "An open angle bracket at the start of the email address has to be followed by a close angle bracket at "
            "the end.");
    }
    while (text.ends_with(U' ')) {
        text.remove_suffix(1);
    }
    if (!text.ends_with(U'>')) {
        return std::unexpected("There can't be anything after the email address.");
    }
    return text.substr(1, text.size() - 2);
}

// ---- The part before the @-sign ----

/// RFC 5322, 3.2.3 and RFC 6531, 3.3.
bool is_dot_atom(std::u32string_view text) {
    return std::ranges::all_of(text, [](char32_t c) { return c == U'.' || is_atom_character(c); }) &&
           !text.starts_with(U'.') && !text.ends_with(U'.') && !text.contains(U"..");
}

Fault find_quoted_local_fault(std::u32string_view local) {
    const auto bad = find_bad_characters(local, [](char32_t c) { return c >= 0x20 && c != 0x7F; });
    if (!bad.empty()) {
        return "The email address contains invalid characters in quotes before the @-sign: " + join(bad) + ".";
    }
    return find_unsafe_characters(local, true);
}

Fault find_local_fault(std::u32string_view local, bool was_quoted) {
    if (local.empty()) {
        return "There must be something before the @-sign.";
    }
    if (is_dot_atom(local)) {
        return is_ascii(local) ? std::nullopt : find_unsafe_characters(local, false);
    }
    if (was_quoted) {
        return find_quoted_local_fault(local);
    }
    const auto bad = find_bad_characters(local, [](char32_t c) { return c == U'.' || is_atom_character(c); });
    if (!bad.empty()) {
        return "The email address contains invalid characters before the @-sign: " + join(bad) + ".";
    }
    return find_period_fault(local, "An email address cannot start with a {}.",
                             "An email address cannot have a {} immediately before the @-sign.");
}

/// The part before the @-sign in NFC, or why it is refused.
std::expected<std::u32string, std::string> normalize_local_part(std::u32string_view written) {
    const auto unquoted = unquote(written);
    if (!unquoted) {
        return std::unexpected(unquoted.error());
    }
    if (auto fault = find_local_fault(unquoted->text, unquoted->was_quoted)) {
        return std::unexpected(*std::move(fault));
    }
    std::u32string normalized = normalize_nfc(unquoted->text);
    if (normalized != unquoted->text) {
        if (auto fault = find_local_fault(normalized, unquoted->was_quoted)) {
            return std::unexpected("After Unicode normalization: " + *fault);
        }
    }
    if (unquoted->was_quoted) {
        return std::unexpected("Quoting the part before the @-sign is not allowed here.");
    }
    const std::string lower = to_lower_ascii(to_utf8(normalized));
    if (std::ranges::count(case_insensitive_mailboxes, lower) > 0) {
        normalized = to_code_points(lower);
    }
    return normalized;
}

// ---- The length of the whole (RFC 3696, erratum 1690) ----

/// Characters that have to go from an address as it was written, counted from its bytes.
std::string explain_written_excess(std::u32string_view address, std::size_t excess) {
    std::size_t widest = 1;
    for (const char32_t c : address) {
        widest = std::max(widest, to_utf8({&c, 1}).size());
    }
    const std::size_t at_least = std::max<std::size_t>(1, excess / widest);
    const char* plural = excess > 1 ? "s" : "";
    return at_least == excess ? fmt::format("({} character{} too many)", excess, plural)
                              : fmt::format("({}-{} character{} too many)", at_least, excess, plural);
}

Fault find_length_fault(std::u32string_view written, std::string_view normalized, std::string_view ascii_domain_form) {
    const auto excess_of = [](std::size_t size) { return size > max_address_bytes ? size - max_address_bytes : 0; };
    if (const auto excess = excess_of(to_utf8(written).size()); excess > 0) {
        return fmt::format("The email address is too long {}.", explain_written_excess(written, excess));
    }
    const std::array<std::pair<std::string_view, std::string_view>, 2> forms{
        {{normalized, "after normalization"},
         {ascii_domain_form, "when the part after the @-sign is converted to IDNA ASCII"}}};
    for (const auto& [form, reason] : forms) {
        if (const auto excess = excess_of(form.size()); excess > 0) {
            return fmt::format("The email address is too long {} ({} byte{} too many).", reason, excess,
                               excess > 1 ? "s" : "");
        }
    }
    return std::nullopt;
}

/// @param at_sign where the two parts meet.
std::expected<std::string, std::string> normalize_parts(std::u32string_view address, std::size_t at_sign) {
    const auto local = normalize_local_part(address.substr(0, at_sign));
    if (!local) {
        return std::unexpected(local.error());
    }
    const auto domain = normalize_domain(address.substr(at_sign + 1));
    if (!domain) {
        return std::unexpected(domain.error());
    }
    const std::string local_text = to_utf8(*local);
    std::string normalized = local_text + "@" + domain->unicode;
    if (auto fault = find_length_fault(address, normalized, local_text + "@" + domain->ascii)) {
        return std::unexpected(*std::move(fault));
    }
    return normalized;
}

/// A name in front of the address is refused in any case, but what is wrong besides is told first.
std::string explain_named_address(std::u32string_view name, std::u32string_view rest) {
    if (auto fault = find_name_fault(name)) {
        return *std::move(fault);
    }
    const auto address = strip_brackets(rest);
    if (!address) {
        return address.error();
    }
    const auto at_sign = find_unquoted(*address, U"@");
    if (!at_sign) {
        return explain_missing_at_sign(*address);
    }
    const auto normalized = normalize_parts(*address, *at_sign);
    return normalized ? "A display name and angle brackets around the email address are not permitted here."
                      : normalized.error();
}

std::expected<std::string, std::string> normalize_address(std::u32string_view address) {
    const auto special = find_unquoted(address, U"@<");
    if (!special) {
        return std::unexpected(explain_missing_at_sign(address));
    }
    if (address[*special] == U'<') {
        return std::unexpected(explain_named_address(address.substr(0, *special), address.substr(*special)));
    }
    return normalize_parts(address, *special);
}

}  // namespace

std::expected<std::string, std::string> normalize_email(std::string_view address) {
    const std::u32string text = to_code_points(address);
    if (text.size() > max_input_length) {
        return std::unexpected(fmt::format("Length must not exceed {} characters", max_input_length));
    }
    if (text.find_first_of(U"\r\n") != std::u32string::npos) {
        return std::unexpected("Carriage return and line feed characters are not allowed");
    }
    return normalize_address(strip(drop_name(text)));
}

}  // namespace nassaq::schema
