#include "base/clock.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "base/text.hpp"

namespace nassaq {
namespace {

using std::chrono::microseconds;

struct Fields {
    std::chrono::year_month_day date;
    std::chrono::hh_mm_ss<microseconds> time;
};

Fields split(Timestamp time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    return {std::chrono::year_month_day{day}, std::chrono::hh_mm_ss<microseconds>{time - day}};
}

/// Writes the last `count` decimal digits of `value`. Every log line and time in the database goes
/// through here, so it does without a general formatter.
void put_digits(std::string& text, std::size_t begin, std::size_t count, unsigned value) {
    for (std::size_t place = begin + count; place > begin; value /= 10) {
        text[--place] = static_cast<char>('0' + value % 10);
    }
}

std::string format_seconds(const Fields& fields) {
    std::string text = "0000-00-00T00:00:00";
    put_digits(text, 0, 4, static_cast<unsigned>(static_cast<int>(fields.date.year())));
    put_digits(text, 5, 2, static_cast<unsigned>(fields.date.month()));
    put_digits(text, 8, 2, static_cast<unsigned>(fields.date.day()));
    put_digits(text, 11, 2, static_cast<unsigned>(fields.time.hours().count()));
    put_digits(text, 14, 2, static_cast<unsigned>(fields.time.minutes().count()));
    put_digits(text, 17, 2, static_cast<unsigned>(fields.time.seconds().count()));
    return text;
}

void append_fraction(std::string& text, const Fields& fields) {
    const std::size_t begin = text.size() + 1;
    text += ".000000";
    put_digits(text, begin, 6, static_cast<unsigned>(fields.time.subseconds().count()));
}

std::optional<int> parse_digits(std::string_view text) {
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size() || text.starts_with('-')) {
        return std::nullopt;
    }
    return number;
}

std::optional<microseconds> parse_fraction(std::string_view text) {
    if (text.empty()) {
        return microseconds{0};
    }
    if (text.front() != '.' || text.size() < 2 || text.size() > 10) {
        return std::nullopt;
    }
    if (!parse_digits(text.substr(1))) {
        return std::nullopt;
    }
    std::string digits{text.substr(1)};
    digits.resize(6, '0');  // SQL Server writes up to nine of them.
    const auto number = parse_digits(digits);
    return number ? std::optional{microseconds{*number}} : std::nullopt;
}

}  // namespace

Timestamp now() {
    return std::chrono::floor<microseconds>(std::chrono::system_clock::now());
}

std::string to_iso(Timestamp time) {
    const Fields fields = split(time);
    std::string text = format_seconds(fields);
    if (fields.time.subseconds().count() != 0) {
        append_fraction(text, fields);
    }
    return text;
}

std::string to_sortable(Timestamp time) {
    const Fields fields = split(time);
    std::string text = format_seconds(fields);
    append_fraction(text, fields);
    return text;
}

std::optional<Timestamp> parse_iso(std::string_view text) {
    constexpr std::size_t seconds_length = std::string_view("2024-05-01T09:30:00").size();
    if (text.size() < seconds_length || text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != ' ') ||
        text[13] != ':' || text[16] != ':') {
        return std::nullopt;
    }
    std::array<int, 6> numbers{};
    constexpr std::array<std::pair<std::size_t, std::size_t>, 6> places{
        {{0, 4}, {5, 2}, {8, 2}, {11, 2}, {14, 2}, {17, 2}}};
    for (std::size_t i = 0; i < places.size(); ++i) {
        const auto number = parse_digits(text.substr(places[i].first, places[i].second));
        if (!number) {
            return std::nullopt;
        }
        numbers[i] = *number;
    }
    const auto fraction = parse_fraction(text.substr(seconds_length));
    const std::chrono::year_month_day date{std::chrono::year{numbers[0]},
                                           std::chrono::month{static_cast<unsigned>(numbers[1])},
                                           std::chrono::day{static_cast<unsigned>(numbers[2])}};
    if (!fraction || !date.ok() || numbers[3] > 23 || numbers[4] > 59 || numbers[5] > 59) {
        return std::nullopt;
    }
    return std::chrono::sys_days{date} + std::chrono::hours{numbers[3]} + std::chrono::minutes{numbers[4]} +
           std::chrono::seconds{numbers[5]} + *fraction;
}

std::string to_http_date(std::chrono::sys_seconds time) {
    constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const Fields fields = split(time);
    const std::chrono::weekday weekday{std::chrono::floor<std::chrono::days>(time)};
    return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", days.at(weekday.c_encoding()),
                       static_cast<unsigned>(fields.date.day()),
                       months.at(static_cast<unsigned>(fields.date.month()) - 1), static_cast<int>(fields.date.year()),
                       fields.time.hours().count(), fields.time.minutes().count(), fields.time.seconds().count());
}

std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text) {
    constexpr std::string_view shape = "Sun, 06 Nov 1994 08:49:37 GMT";
    constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    if (text.size() != shape.size() || !text.ends_with(" GMT")) {
        return std::nullopt;
    }
    const auto number = [&](std::size_t at, std::size_t length) {
        const std::string_view digits = text.substr(at, length);
        const bool is_number = digits.find_first_not_of("0123456789") == std::string_view::npos;
        return is_number ? text::parse_integer(digits) : std::nullopt;
    };
    const std::size_t month_at = months.find(text.substr(8, 3));
    const auto day = number(5, 2);
    const auto year = number(12, 4);
    const auto hour = number(17, 2);
    const auto minute = number(20, 2);
    const auto second = number(23, 2);
    if (month_at % 3 != 0 || !day || !year || !hour || !minute || !second) {
        return std::nullopt;
    }
    const std::chrono::year_month_day date(std::chrono::year(static_cast<int>(*year)),
                                           std::chrono::month(static_cast<unsigned>(month_at / 3 + 1)),
                                           std::chrono::day(static_cast<unsigned>(*day)));
    if (!date.ok()) {
        return std::nullopt;
    }
    return std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
           std::chrono::seconds(*second);
}

}  // namespace nassaq
