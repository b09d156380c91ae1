#include "schema/email_domain.hpp"

#include <fmt/format.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>

#include <algorithm>
#include <array>
#include <vector>

#include "schema/code_points.hpp"
#include "schema/email_text.hpp"
#include "schema/idna.hpp"

namespace nassaq::schema {
namespace {

/// RFC 1035, 2.3.4, less the two bytes of the root.
constexpr std::size_t max_domain_length = 253;
constexpr std::size_t max_label_length = 63;

/// Names that no mail can be sent to from elsewhere (RFC 6761, 6762, 7686, and the reverse look-up names).
constexpr std::array<std::string_view, 6> special_use_domains{"arpa", "invalid", "local", "localhost", "onion", "test"};

std::string explain_excess(std::size_t length, std::size_t limit) {
    return fmt::format("({} character{} too many)", length - limit, length - limit > 1 ? "s" : "");
}

bool is_hostname_character(char32_t c) {
    return c >= 0x80 || is_ascii_letter_or_digit(c) || c == U'-' || c == U'.';
}

/// Whether the compatibility decomposition has a period in it, as that of U+2488 ("1.") has.
bool decomposes_to_period(char32_t c) {
    static const icu::Normalizer2* const normalizer = [] {
        UErrorCode status = U_ZERO_ERROR;
        const icu::Normalizer2* found = icu::Normalizer2::getNFKCInstance(status);
        return U_SUCCESS(status) != 0 ? found : nullptr;
    }();
    icu::UnicodeString decomposition;
    return normalizer != nullptr && normalizer->getRawDecomposition(static_cast<UChar32>(c), decomposition) != 0 &&
           decomposition.indexOf(u'.') >= 0;
}

/// A rough form of what UTS #46 maps, so that the most usual faults get a plain message.
bool is_mappable(char32_t c) {
    if (c >= 0x80 && c <= 0x9F) {
        return false;
    }
    const bool is_known_exception =
        (c >= 0x2010 && c <= 0x2060 && (c < 0x2024 || c > 0x2026) && (c < 0x2028 || c > 0x202E)) || c == 0x00AD ||
        c == 0x2064 || c == 0xFF0E || (c >= 0x200B && c <= 0x200D) || (c >= 0x1BCA0 && c <= 0x1BCA3);
    if (is_known_exception) {
        return true;
    }
    const char category = major_category(c);
    const bool is_control = u_charType(static_cast<UChar32>(c)) == U_CONTROL_CHAR;
    return category != 'Z' && (category != 'C' || is_control) && !decomposes_to_period(c);
}

Fault find_character_fault(std::u32string_view domain) {
    constexpr const char* sentence = "The part after the @-sign contains invalid characters: {}.";
    if (const auto bad = find_bad_characters(domain, is_hostname_character); !bad.empty()) {
        return fmt::format(fmt::runtime(sentence), join(bad));
    }
    if (auto fault = find_unsafe_characters(domain, false)) {
        return fault;
    }
    if (const auto bad = find_bad_characters(domain, is_mappable); !bad.empty()) {
        return fmt::format(fmt::runtime(sentence), join(bad));
    }
    return std::nullopt;
}

std::vector<std::u32string_view> split_labels(std::u32string_view domain) {
    std::vector<std::u32string_view> labels;
    for (std::size_t period = 0; period != std::u32string_view::npos;) {
        period = domain.find(U'.');
        labels.push_back(domain.substr(0, period));
        domain.remove_prefix(period == std::u32string_view::npos ? domain.size() : period + 1);
    }
    return labels;
}

/// Periods and hyphens that stand where none may (RFC 952, RFC 1123, 2.1).
Fault find_separator_fault(std::u32string_view domain) {
    constexpr const char* at_start = "An email address cannot have a {} immediately after the @-sign.";
    constexpr const char* at_end = "An email address cannot end with a {}.";
    if (auto fault = find_period_fault(domain, at_start, at_end)) {
        return fault;
    }
    if (domain.ends_with(U'-')) {
        return fmt::format(fmt::runtime(at_end), "hyphen");
    }
    if (domain.starts_with(U'-')) {
        return fmt::format(fmt::runtime(at_start), "hyphen");
    }
    if (domain.contains(U".-") || domain.contains(U"-.")) {
        return "An email address cannot have a period and a hyphen next to each other.";
    }
    return std::nullopt;
}

/// RFC 5890, 2.3.1: "??--" is kept for prefixes, of which there is only "xn--".
bool has_reserved_prefix(std::u32string_view label) {
    return label.size() >= 4 && label.substr(2, 2) == U"--" && to_lower_ascii(to_utf8(label.substr(0, 2))) != "xn";
}

std::expected<std::string, std::string> to_ascii(std::u32string_view domain) {
    if (is_ascii(domain)) {
        return to_utf8(domain);
    }
    std::string ascii;
    for (const auto label : split_labels(domain)) {
        const auto encoded = idna::to_ascii_label(label);
        if (!encoded) {
            return std::unexpected(fmt::format("The part after the @-sign is invalid ({}).", encoded.error()));
        }
        ascii += ascii.empty() ? "" : ".";
        ascii += *encoded;
    }
    return ascii;
}

Fault find_length_fault(std::u32string_view written, std::string_view ascii) {
    if (ascii.size() > max_domain_length) {
        const std::size_t excess = ascii.size() - max_domain_length;
        return to_utf8(written) == ascii
                   ? fmt::format("The email address is too long after the @-sign {}.",
                                 explain_excess(ascii.size(), max_domain_length))
                   : fmt::format(
                         "The email address is too long after the @-sign ({} byte{} too many after IDNA "
                         "encoding).",
                         excess, excess == 1 ? "" : "s");
    }
    const std::u32string points = to_code_points(ascii);
    for (const auto label : split_labels(points)) {
        if (label.size() > max_label_length) {
            return fmt::format("After the @-sign, periods cannot be separated by so many characters {}.",
                               explain_excess(label.size(), max_label_length));
        }
    }
    return std::nullopt;
}

/// Whether mail from anywhere could reach the domain.
Fault find_reach_fault(std::string_view ascii) {
    if (!ascii.contains('.')) {
        return "The part after the @-sign is not valid. It should have a period.";
    }
    if (ascii.back() >= '0' && ascii.back() <= '9') {
        return "The part after the @-sign is not valid. It is not within a valid top-level domain.";
    }
    for (const std::string_view special : special_use_domains) {
        if (ascii == special || (ascii.ends_with(special) && ascii[ascii.size() - special.size() - 1] == '.')) {
            return "The part after the @-sign is a special-use or reserved name that cannot be used with email.";
        }
    }
    return std::nullopt;
}

std::expected<std::string, std::string> to_unicode(std::string_view ascii) {
    if (!ascii.contains("xn--")) {
        return std::string(ascii);
    }
    const auto refuse = [](const std::string& reason) {
        return std::unexpected(fmt::format("The part after the @-sign is not valid IDNA ({}).", reason));
    };
    std::u32string unicode;
    const std::u32string points = to_code_points(ascii);
    for (const auto label : split_labels(points)) {
        const auto decoded = idna::to_unicode_label(to_utf8(label));
        if (!decoded) {
            return refuse(decoded.error());
        }
        unicode += unicode.empty() ? U"" : U".";
        unicode += *decoded;
    }
    if (auto fault = find_unsafe_characters(unicode, false)) {
        return std::unexpected(*std::move(fault));
    }
    if (idna::has_right_to_left(unicode)) {
        // Then the rule holds for all labels, or a label of digits could be shown on the wrong side (RFC 5893, 1.4).
        for (const auto label : split_labels(unicode)) {
            if (const auto fault = idna::find_bidi_fault(label)) {
                return refuse(*fault);
            }
        }
    }
    return to_utf8(unicode);
}

}  // namespace

std::expected<EmailDomain, std::string> normalize_domain(std::u32string_view domain) {
    if (domain.empty()) {
        return std::unexpected("There must be something after the @-sign.");
    }
    if (domain.starts_with(U'[') && domain.ends_with(U']')) {
        return std::unexpected("A bracketed IP address after the @-sign is not allowed here.");
    }
    if (domain.size() > max_domain_length) {
        return std::unexpected(fmt::format("The email address is too long after the @-sign {}.",
                                           explain_excess(domain.size(), max_domain_length)));
    }
    if (auto fault = find_character_fault(domain)) {
        return std::unexpected(*std::move(fault));
    }
    const auto mapped = idna::map(domain);
    if (!mapped) {
        return std::unexpected(
            fmt::format("The part after the @-sign contains invalid characters ({}).", mapped.error()));
    }
    if (const auto bad = find_bad_characters(*mapped, is_hostname_character); !bad.empty()) {
        return std::unexpected(fmt::format(
            "The part after the @-sign contains invalid characters after Unicode normalization: {}.", join(bad)));
    }
    if (auto fault = find_separator_fault(*mapped)) {
        return std::unexpected(*std::move(fault));
    }
    if (std::ranges::any_of(split_labels(*mapped), has_reserved_prefix)) {
        return std::unexpected(
            "An email address cannot have two letters followed by two dashes immediately after the @-sign or after a "
            "period, except Punycode.");
    }
    auto ascii = to_ascii(*mapped);
    if (!ascii) {
        return std::unexpected(std::move(ascii.error()));
    }
    if (auto fault = find_length_fault(domain, *ascii)) {
        return std::unexpected(*std::move(fault));
    }
    if (auto fault = find_reach_fault(*ascii)) {
        return std::unexpected(*std::move(fault));
    }
    auto unicode = to_unicode(*ascii);
    if (!unicode) {
        return std::unexpected(std::move(unicode.error()));
    }
    return EmailDomain{*std::move(unicode), *std::move(ascii)};
}

}  // namespace nassaq::schema
