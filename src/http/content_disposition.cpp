#include "http/content_disposition.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "http/ascii.hpp"

namespace nassaq::http {
namespace {

/// Takes a parsed piece off the front of a field's value; on failure the caller gives up on the whole.
class Cursor {
public:
    explicit Cursor(std::string_view text) : rest_(text) {}

    void skip_blanks() {
        const std::size_t blanks = rest_.find_first_not_of(" \t");
        rest_.remove_prefix(std::min(blanks, rest_.size()));
    }
    bool take(char expected) {
        if (!rest_.starts_with(expected)) return false;
        rest_.remove_prefix(1);
        return true;
    }
    std::string_view take_token() {
        const auto* const end = std::ranges::find_if_not(rest_, ascii::is_token_character);
        const auto token = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
        rest_.remove_prefix(token.size());
        return token;
    }
    /// What stands up to the next ';'.
    std::string_view take_plain() {
        const std::string_view plain = rest_.substr(0, rest_.find(';'));
        rest_.remove_prefix(plain.size());
        return ascii::trim(plain);
    }
    /// After the opening quote; takes the closing one too.
    std::optional<std::string> take_quoted() {
        std::string text;
        for (std::size_t i = 0; i < rest_.size(); ++i) {
            if (rest_[i] == '"') {
                rest_.remove_prefix(i + 1);
                return text;
            }
            const bool escapes =
                rest_[i] == '\\' && i + 1 < rest_.size() && (rest_[i + 1] == '"' || rest_[i + 1] == '\\');
            if (escapes) ++i;
            text.push_back(rest_[i]);
        }
        return std::nullopt;
    }
    [[nodiscard]] bool at_end() const { return rest_.empty(); }

private:
    std::string_view rest_;
};

void replace_all(std::string& text, std::string_view from, char to) {
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + 1)) {
        text.replace(at, from.size(), 1, to);
    }
}

std::string undo_browser_escapes(std::string text) {
    replace_all(text, "%22", '"');
    replace_all(text, "%0D", '\r');
    replace_all(text, "%0A", '\n');
    return text;
}

/// A name that a client has percent-encoded as a whole, as some libraries do instead of sending `filename*` (Dart's
/// and some of .NET and Go). Known by the escapes of a letter outside of ASCII, which must be UTF-8, in a name that is
/// ASCII otherwise: browsers escape none of it, and "50%20off.pdf" or "100%25.pdf" may be a file's real name.
std::optional<std::string> decode_escaped_name(std::string_view name) {
    if (!text::is_ascii(name)) return std::nullopt;
    auto decoded = text::percent_decode_text(name);
    const bool has_letter = decoded && !text::is_ascii(*decoded);
    return has_letter ? std::move(decoded) : std::nullopt;
}

/// charset'language'percent-encoded (RFC 8187, 3.2).
std::optional<std::string> decode_extended(std::string_view value) {
    const std::size_t first = value.find('\'');
    const std::size_t second = first == std::string_view::npos ? first : value.find('\'', first + 1);
    if (second == std::string_view::npos) return std::nullopt;
    const std::string_view charset = value.substr(0, first);
    const std::string_view encoded = value.substr(second + 1);
    if (ascii::equals_ignoring_case(charset, "utf-8")) return text::percent_decode_text(encoded);
    return std::nullopt;  // RFC 8187, 3.2.1: a sender must use UTF-8.
}

struct Parameters {
    std::optional<std::string> name, filename, extended_filename;
};

bool read_parameter(Cursor& cursor, Parameters& parameters) {
    const std::string parameter = ascii::lower(cursor.take_token());
    cursor.skip_blanks();
    if (parameter.empty() || !cursor.take('=')) return false;
    cursor.skip_blanks();
    std::optional<std::string> value = cursor.take('"') ? cursor.take_quoted() : std::string(cursor.take_plain());
    if (!value) return false;
    if (parameter == "name" && !parameters.name) {
        parameters.name = undo_browser_escapes(std::move(*value));
    } else if (parameter == "filename" && !parameters.filename) {
        auto decoded = decode_escaped_name(*value);
        parameters.filename = decoded ? std::move(decoded) : undo_browser_escapes(std::move(*value));
    } else if (parameter == "filename*" && !parameters.extended_filename) {
        parameters.extended_filename = decode_extended(*value);
    }
    return true;
}

bool is_storable(const std::string& text) {
    return text.find('\0') == std::string::npos && text::is_valid_utf8(text);
}

std::string ascii_fallback(std::string_view filename) {
    std::string fallback;
    for (const char c : filename) {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte & 0xC0U) == 0x80U) continue;  // The rest of a character whose first byte already gave its '_'.
        const bool sayable = byte >= 0x20 && byte < 0x7F && c != '"' && c != '\\' && c != '%';
        fallback.push_back(sayable ? c : '_');
    }
    return fallback;
}

}  // namespace

std::optional<FormDisposition> parse_form_disposition(std::string_view value) {
    Cursor cursor(value);
    cursor.skip_blanks();
    if (!ascii::equals_ignoring_case(cursor.take_token(), "form-data")) return std::nullopt;
    Parameters parameters;
    for (cursor.skip_blanks(); !cursor.at_end(); cursor.skip_blanks()) {
        if (!cursor.take(';')) return std::nullopt;
        cursor.skip_blanks();
        if (cursor.at_end()) break;
        if (!read_parameter(cursor, parameters)) return std::nullopt;
    }
    if (!parameters.name) return std::nullopt;
    FormDisposition disposition{.name = std::move(*parameters.name), .filename = std::move(parameters.filename)};
    if (parameters.extended_filename) disposition.filename = std::move(parameters.extended_filename);
    const bool storable =
        is_storable(disposition.name) && (!disposition.filename || is_storable(*disposition.filename));
    if (!storable) return std::nullopt;
    return disposition;
}

std::string make_content_disposition(std::string_view filename, bool is_inline) {
    const std::string fallback = ascii_fallback(filename);
    std::string value = is_inline ? "inline" : "attachment";
    value += "; filename=\"" + fallback + '"';
    if (fallback != filename) {
        // RFC 8187's attr-char.
        value += "; filename*=UTF-8''" + text::percent_encode(filename, "!#$&+^`|");
    }
    return value;
}

}  // namespace nassaq::http
