#include "schema/datetime.hpp"

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <optional>

#include "base/text.hpp"
#include "schema/digits.hpp"

namespace nassaq::schema {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::size_t date_length = std::string_view("2024-05-01").size();
/// Beyond this a Unix time counts milliseconds (the "watershed" of Pydantic's parser, speedate).
constexpr std::int64_t last_in_seconds = 20'000'000'000;
constexpr Timestamp first_moment = std::chrono::sys_days{std::chrono::year{1600} / 1 / 1};
constexpr Timestamp end_of_moments = std::chrono::sys_days{std::chrono::year{10'000} / 1 / 1};

/// Takes what it reads off the front of a text.
class Scanner {
public:
    explicit Scanner(std::string_view text) : rest_(text) {}

    [[nodiscard]] bool at_end() const { return rest_.empty(); }
    [[nodiscard]] char peek() const { return rest_.empty() ? '\0' : rest_.front(); }
    bool take_any(std::string_view characters) {
        const bool is_next = !rest_.empty() && characters.find(rest_.front()) != std::string_view::npos;
        rest_.remove_prefix(is_next ? 1 : 0);
        return is_next;
    }
    /// Exactly `count` digits.
    std::optional<int> number(std::size_t count) {
        if (rest_.size() < count) {
            return std::nullopt;
        }
        int value = 0;
        for (const char c : rest_.substr(0, count)) {
            if (!is_digit(c)) {
                return std::nullopt;
            }
            value = value * 10 + (c - '0');
        }
        rest_.remove_prefix(count);
        return value;
    }
    /// As many digits as there are, as the fraction of a second. Nothing when there are none.
    std::optional<microseconds> fraction() {
        std::int64_t value = 0;
        std::size_t count = 0;
        for (; count < rest_.size() && is_digit(rest_[count]); ++count) {
            value = count < 6 ? value * 10 + (rest_[count] - '0') : value;
        }
        rest_.remove_prefix(count);
        for (std::size_t i = count; i < 6; ++i) {
            value *= 10;
        }
        return count == 0 ? std::nullopt : std::optional(microseconds{value});
    }

private:
    std::string_view rest_;
};

std::expected<std::chrono::sys_days, std::string_view> parse_date(std::string_view text) {
    if (text.size() < date_length) {
        return std::unexpected("input is too short");
    }
    Scanner scanner(text);
    const auto year = scanner.number(4);
    if (!year) {
        return std::unexpected("invalid character in year");
    }
    if (!scanner.take_any("-")) {
        return std::unexpected("invalid date separator, expected `-`");
    }
    const auto month = scanner.number(2);
    if (!month) {
        return std::unexpected("invalid character in month");
    }
    if (!scanner.take_any("-")) {
        return std::unexpected("invalid date separator, expected `-`");
    }
    const auto day = scanner.number(2);
    if (!day) {
        return std::unexpected("invalid character in day");
    }
    if (*month < 1 || *month > 12) {
        return std::unexpected("month value is outside expected range of 1-12");
    }
    const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
                                           std::chrono::day{static_cast<unsigned>(*day)}};
    if (!date.ok()) {
        return std::unexpected("day value is outside expected range");
    }
    return std::chrono::sys_days{date};
}

/// "Z", "+02:00" or "+0200". Nothing when it is none.
std::optional<minutes> parse_offset(Scanner& scanner) {
    if (scanner.take_any("Zz")) {
        return minutes{0};
    }
    const bool is_west = scanner.peek() == '-';
    if (!scanner.take_any("+-")) {
        return std::nullopt;
    }
    const auto hour = scanner.number(2);
    scanner.take_any(":");
    const auto minute = scanner.number(2);
    if (!hour || !minute || *hour > 23 || *minute > 59) {
        return std::nullopt;
    }
    const minutes offset = hours{*hour} + minutes{*minute};
    return is_west ? -offset : offset;
}

/// What stands behind the date: the time since its midnight, in UTC. Nothing when it is no time.
std::optional<microseconds> parse_time(std::string_view text) {
    Scanner scanner(text);
    if (!scanner.take_any("Tt _")) {
        return std::nullopt;
    }
    const auto hour = scanner.number(2);
    const bool has_minute = scanner.take_any(":");
    const auto minute = has_minute ? scanner.number(2) : std::nullopt;
    if (!hour || !minute || *hour > 23 || *minute > 59) {
        return std::nullopt;
    }
    microseconds time = hours{*hour} + minutes{*minute};
    if (scanner.take_any(":")) {
        const auto second = scanner.number(2);
        if (!second || *second > 59) {
            return std::nullopt;
        }
        time += seconds{*second};
        if (scanner.take_any(".,")) {
            const auto fraction = scanner.fraction();
            if (!fraction) {
                return std::nullopt;
            }
            time += *fraction;
        }
    }
    if (!scanner.at_end()) {
        const auto offset = parse_offset(scanner);
        if (!offset || !scanner.at_end()) {
            return std::nullopt;
        }
        time -= *offset;
    }
    return time;
}

std::optional<Timestamp> parse_unix_time(std::string_view text) {
    const auto number = text::parse_integer(text);
    constexpr std::int64_t sane = 1'000'000'000'000'000;
    if (!number || *number > sane || *number < -sane) {
        return std::nullopt;
    }
    const bool in_seconds = std::abs(*number) <= last_in_seconds;
    const Timestamp time{in_seconds ? microseconds{seconds{*number}} : microseconds{milliseconds{*number}}};
    return time >= first_moment && time < end_of_moments ? std::optional(time) : std::nullopt;
}

}  // namespace

std::expected<Timestamp, std::string_view> parse_datetime(std::string_view text) {
    if (const auto time = parse_unix_time(text)) {
        return *time;
    }
    const auto date = parse_date(text);
    if (!date) {
        return std::unexpected(date.error());
    }
    if (text.size() == date_length) {
        return Timestamp{*date};
    }
    const auto time = parse_time(text.substr(date_length));
    if (!time) {
        // Pydantic has tried it as a date last, and tells of that.
        return std::unexpected("unexpected extra characters at the end of the input");
    }
    return Timestamp{*date} + *time;
}

}  // namespace nassaq::schema
