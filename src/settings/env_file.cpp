#include "settings/env_file.hpp"

#include <algorithm>
#include <optional>

#include "base/text.hpp"

namespace nassaq::settings {
namespace {

/// Walks over the text and knows the line it is on.
class Scanner {
public:
    explicit Scanner(std::string_view text) : text_(text) {
        constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
        if (text_.starts_with(byte_order_mark)) {
            text_.remove_prefix(byte_order_mark.size());
        }
    }

    [[nodiscard]] bool at_end() const { return position_ >= text_.size(); }
    [[nodiscard]] char peek() const { return at_end() ? '\n' : text_[position_]; }
    [[nodiscard]] std::size_t line() const { return line_; }

    char take() {
        const char character = peek();
        line_ += character == '\n' ? 1U : 0U;
        ++position_;
        return character;
    }
    void skip_blanks() {
        while (!at_end() && (peek() == ' ' || peek() == '\t' || peek() == '\r')) {
            take();
        }
    }
    std::string_view take_until(std::string_view stop) {
        const std::size_t begin = std::min(position_, text_.size());
        while (!at_end() && stop.find(peek()) == std::string_view::npos) {
            take();
        }
        return text_.substr(begin, position_ - begin);
    }

private:
    std::string_view text_;
    std::size_t position_ = 0;
    std::size_t line_ = 1;
};

bool is_variable_name(std::string_view name) {
    const auto is_letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_'; };
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    return !name.empty() && is_letter(name.front()) &&
           std::ranges::all_of(name, [&](char c) { return is_letter(c) || is_digit(c) || c == '.'; });
}

char unescape(char character) {
    switch (character) {
        case 'n':
            return '\n';
        case 'r':
            return '\r';
        case 't':
            return '\t';
        default:
            return character;
    }
}

/// @return nothing when the closing quote is missing.
std::optional<std::string> take_quoted(Scanner& scanner) {
    const char quote = scanner.take();
    constexpr std::string_view escapable = "nrt\\\"$";
    std::string value;
    while (!scanner.at_end()) {
        char character = scanner.take();
        if (character == quote) {
            return value;
        }
        if (quote == '"' && character == '\\' && escapable.find(scanner.peek()) != std::string_view::npos) {
            character = unescape(scanner.take());
        }
        value += character;
    }
    return std::nullopt;
}

/// Up to the end of the line, or to a '#' behind a blank.
std::string take_bare(Scanner& scanner) {
    std::string_view line = scanner.take_until("\n");
    for (std::size_t hash = line.find('#'); hash != std::string_view::npos; hash = line.find('#', hash + 1)) {
        if (hash == 0 || line[hash - 1] == ' ' || line[hash - 1] == '\t') {
            line = line.substr(0, hash);
            break;
        }
    }
    return std::string(text::trim(line));
}

std::string fault(std::size_t line, std::string_view what) {
    return "line " + std::to_string(line) + ": " + std::string(what);
}

}  // namespace

std::expected<Variables, std::string> parse_env_file(std::string_view text) {
    if (!text::is_valid_utf8(text)) {
        return std::unexpected("the file is not UTF-8 text");
    }
    Variables variables;
    Scanner scanner(text);
    while (!scanner.at_end()) {
        scanner.skip_blanks();
        if (scanner.peek() == '\n' || scanner.peek() == '#') {
            scanner.take_until("\n");
            scanner.take();
            continue;
        }
        const std::size_t line = scanner.line();
        std::string_view name = text::trim(scanner.take_until("=\n"));
        if (name.starts_with("export ") || name.starts_with("export\t")) {
            name = text::trim(name.substr(7));
        }
        if (scanner.peek() != '=' || scanner.at_end() || !is_variable_name(name)) {
            return std::unexpected(fault(line, "expected NAME=value"));
        }
        scanner.take();
        scanner.skip_blanks();
        if (scanner.peek() == '"' || scanner.peek() == '\'') {
            auto value = take_quoted(scanner);
            if (!value) {
                return std::unexpected(fault(line, "the closing quote is missing"));
            }
            variables.insert_or_assign(std::string(name), std::move(*value));
            scanner.take_until("\n");
        } else {
            variables.insert_or_assign(std::string(name), take_bare(scanner));
        }
        scanner.take();
    }
    return variables;
}

}  // namespace nassaq::settings
