#include "base/clock.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>

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

std::string format_seconds(const Fields& fields) {
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(fields.date.year()),
                       static_cast<unsigned>(fields.date.month()), static_cast<unsigned>(fields.date.day()),
                       fields.time.hours().count(), fields.time.minutes().count(), fields.time.seconds().count());
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
        text += fmt::format(".{:06}", fields.time.subseconds().count());
    }
    return text;
}

std::string to_sortable(Timestamp time) {
    const Fields fields = split(time);
    return format_seconds(fields) + fmt::format(".{:06}", fields.time.subseconds().count());
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

}  // namespace nassaq
