#include "schema/scalars.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "base/text.hpp"
#include "schema/datetime.hpp"
#include "schema/email.hpp"

namespace nassaq::schema {
namespace {

namespace json = boost::json;

/// Python's int() takes no longer text since CVE-2020-10735.
constexpr std::size_t max_integer_digits = 4300;

json::value echo(std::string_view input, const Rule& rule) {
    return rule.secret ? json::value(masked) : json::value(input);
}

json::value echo(const json::value& input, const Rule& rule) {
    return rule.secret ? json::value(masked) : input;
}

std::string characters(std::int64_t count) {
    return std::to_string(count) + (count == 1 ? " character" : " characters");
}

/// "'a', 'b' or 'c'", as Pydantic lists the values of a Literal.
std::string list_choices(std::span<const std::string_view> choices) {
    std::string list;
    for (std::size_t i = 0; i < choices.size(); ++i) {
        if (i > 0) {
            list += i + 1 == choices.size() ? " or " : ", ";
        }
        list.append("'").append(choices[i]).append("'");
    }
    return list;
}

/// @param given  what came, for the error: `text` is what a check may have made of it.
bool check_length(std::string_view text, std::string_view given, const Rule& rule, Errors& errors) {
    const auto length = static_cast<std::int64_t>(text::count_code_points(text));
    if (length < rule.min) {
        errors.add("string_too_short", "String should have at least " + characters(rule.min), echo(given, rule),
                   {{"min_length", rule.min}});
        return false;
    }
    if (length > rule.max) {
        errors.add("string_too_long", "String should have at most " + characters(rule.max), echo(given, rule),
                   {{"max_length", rule.max}});
        return false;
    }
    return true;
}

bool check_email(std::string& text, const Rule& rule, Errors& errors) {
    auto normalized = normalize_email(text);
    if (!normalized) {
        errors.add("value_error", "value is not a valid email address: " + normalized.error(), echo(text, rule),
                   {{"reason", normalized.error()}});
        return false;
    }
    text = std::move(*normalized);
    return true;
}

bool check_choice(std::string_view text, const Rule& rule, Errors& errors) {
    if (std::ranges::find(rule.one_of, text) != rule.one_of.end()) {
        return true;
    }
    const std::string expected = list_choices(rule.one_of);
    errors.add("literal_error", "Input should be " + expected, echo(text, rule), {{"expected", expected}});
    return false;
}

bool check_pattern(std::string_view text, const Rule& rule, Errors& errors) {
    if (text == rule.pattern.substr(1, rule.pattern.size() - 2)) {
        return true;
    }
    errors.add("string_pattern_mismatch", "String should match pattern '" + std::string(rule.pattern) + "'",
               echo(text, rule), {{"pattern", rule.pattern}});
    return false;
}

bool check_text(std::string& text, const Rule& rule, Errors& errors) {
    if (!check_length(text, text, rule, errors)) {
        return false;
    }
    if (rule.format == Format::email && !check_email(text, rule, errors)) {
        return false;
    }
    if (!rule.pattern.empty() && !check_pattern(text, rule, errors)) {
        return false;
    }
    if (!rule.one_of.empty() && !check_choice(text, rule, errors)) {
        return false;
    }
    if (rule.check != nullptr) {
        const std::string input = text;
        if (const auto fault = rule.check(text)) {
            errors.add_value_error(*fault, echo(input, rule));
            return false;
        }
        // Once more of what is kept: of a name of blanks nothing is.
        return text == input || check_length(text, input, rule, errors);
    }
    return true;
}

bool check_range(std::int64_t value, const json::value& input, const Rule& rule, Errors& errors) {
    if (value < rule.min) {
        errors.add("greater_than_equal", "Input should be greater than or equal to " + std::to_string(rule.min), input,
                   {{"ge", rule.min}});
        return false;
    }
    if (value > rule.max) {
        errors.add("less_than_equal", "Input should be less than or equal to " + std::to_string(rule.max), input,
                   {{"le", rule.max}});
        return false;
    }
    return true;
}

/// The digits of Python's int(): white space around, a sign, single underscores between digits; and ".0" behind.
/// @return sign and digits, or nothing.
std::optional<std::string> integer_digits(std::string_view text) {
    text = text::trim(text);
    if (const auto point = text.find('.'); point != std::string_view::npos) {
        const std::string_view fraction = text.substr(point + 1);
        if (fraction.empty() || fraction.find_first_not_of('0') != std::string_view::npos) {
            return std::nullopt;
        }
        text = text.substr(0, point);
    }
    std::string digits;
    if (!text.empty() && (text.front() == '+' || text.front() == '-')) {
        if (text.front() == '-') {
            digits = "-";
        }
        text.remove_prefix(1);
    }
    char previous = '_';
    for (const char character : text) {
        const bool is_digit = character >= '0' && character <= '9';
        if (!is_digit && (character != '_' || previous == '_')) {
            return std::nullopt;
        }
        if (is_digit) {
            digits += character;
        }
        previous = character;
    }
    return previous == '_' ? std::nullopt : std::optional(std::move(digits));
}

/// The digits that count, from the first that is not zero.
std::size_t count_significant(std::string_view digits) {
    return digits.size() - std::min(digits.find_first_not_of("-0"), digits.size());
}

void add_size_error(const json::value& input, Errors& errors) {
    errors.add("int_parsing_size", "Unable to parse input string as an integer, exceeded maximum size", input);
}

void add_bool_parsing_error(const json::value& input, Errors& errors) {
    errors.add("bool_parsing", "Input should be a valid boolean, unable to interpret input", input);
}

/// Python's integers have no limit. One beyond ours can only be out of range or the id of nothing, as the limit is.
std::int64_t saturate(const std::string& digits) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error == std::errc::result_out_of_range) {
        return digits.front() == '-' ? no_minimum : no_maximum;
    }
    return value;
}

std::optional<bool> parse_boolean(std::string_view text) {
    constexpr std::array<std::string_view, 6> yes{"1", "on", "t", "true", "y", "yes"};
    constexpr std::array<std::string_view, 6> no{"0", "off", "f", "false", "n", "no"};
    const std::string lower = text::to_lower(text);
    if (std::ranges::find(yes, lower) != yes.end()) {
        return true;
    }
    if (std::ranges::find(no, lower) != no.end()) {
        return false;
    }
    return std::nullopt;
}

bool read_double(double number, std::int64_t& value, const json::value& input, Errors& errors) {
    constexpr double limit = 0x1p63;
    if (!std::isfinite(number)) {
        errors.add("finite_number", "Input should be a finite number", input);
        return false;
    }
    if (number != std::floor(number)) {
        errors.add("int_from_float", "Input should be a valid integer, got a number with a fractional part", input);
        return false;
    }
    if (std::abs(number) >= limit) {
        add_size_error(input, errors);
        return false;
    }
    value = static_cast<std::int64_t>(number);
    return true;
}

}  // namespace

bool read_value(const json::value& input, std::string& value, const Rule& rule, Errors& errors) {
    const json::string* text = input.if_string();
    if (text == nullptr) {
        errors.add("string_type", "Input should be a valid string", echo(input, rule));
        return false;
    }
    return read_text(*text, value, rule, errors);
}

bool read_value(const json::value& input, std::int64_t& value, const Rule& rule, Errors& errors) {
    if (const json::string* text = input.if_string()) {
        return read_text(*text, value, rule, errors);
    }
    if (const std::int64_t* integer = input.if_int64()) {
        value = *integer;
    } else if (input.is_uint64()) {
        value = no_maximum;
    } else if (const bool* flag = input.if_bool()) {
        value = *flag ? 1 : 0;
    } else if (const double* number = input.if_double()) {
        if (!read_double(*number, value, input, errors)) {
            return false;
        }
    } else {
        errors.add("int_type", "Input should be a valid integer", input);
        return false;
    }
    return check_range(value, input, rule, errors);
}

bool read_value(const json::value& input, bool& value, const Rule& rule, Errors& errors) {
    if (const json::string* text = input.if_string()) {
        return read_text(*text, value, rule, errors);
    }
    if (const bool* flag = input.if_bool()) {
        value = *flag;
        return true;
    }
    boost::system::error_code not_an_integer;
    const auto number = input.to_number<std::int64_t>(not_an_integer);
    if (not_an_integer) {
        errors.add("bool_type", "Input should be a valid boolean", input);
        return false;
    }
    if (number != 0 && number != 1) {
        add_bool_parsing_error(input, errors);
        return false;
    }
    value = number == 1;
    return true;
}

bool read_text(std::string_view input, std::string& value, const Rule& rule, Errors& errors) {
    value = input;
    return check_text(value, rule, errors);
}

bool read_text(std::string_view input, std::int64_t& value, const Rule& rule, Errors& errors) {
    const auto digits = integer_digits(input);
    if (!digits) {
        errors.add("int_parsing", "Input should be a valid integer, unable to parse string as an integer",
                   json::value(input));
        return false;
    }
    if (count_significant(*digits) > max_integer_digits) {
        add_size_error(json::value(input), errors);
        return false;
    }
    value = saturate(*digits);
    return check_range(value, json::value(input), rule, errors);
}

bool read_text(std::string_view input, bool& value, const Rule& /*rule*/, Errors& errors) {
    const auto flag = parse_boolean(input);
    if (!flag) {
        add_bool_parsing_error(json::value(input), errors);
        return false;
    }
    value = *flag;
    return true;
}

bool read_text(std::string_view input, Timestamp& value, const Rule& /*rule*/, Errors& errors) {
    const auto time = parse_datetime(input);
    if (!time) {
        errors.add("datetime_from_date_parsing",
                   std::string("Input should be a valid datetime or date, ").append(time.error()), json::value(input),
                   {{"error", time.error()}});
        return false;
    }
    value = *time;
    return true;
}

}  // namespace nassaq::schema
