#include "ocr/number_text.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdlib>

namespace nassaq::ocr {

namespace {

constexpr double seconds_a_day = 86'400;
/// Day numbers beyond it are after the year 9999.
constexpr double last_day = 2'958'466;

/// Without what stands between quotes or brackets or behind a backslash, which is no part of the format.
std::string bare_code(std::string_view code) {
    std::string bare;
    for (std::size_t i = 0; i < code.size(); ++i) {
        if (code[i] == '\\' || code[i] == '_' || code[i] == '*') {
            ++i;
        } else if (code[i] == '"' || code[i] == '[') {
            const std::size_t end = code.find(code[i] == '"' ? '"' : ']', i + 1);
            // [h], [mm] and [ss] are hours, minutes and seconds that go on beyond a day.
            if (code[i] == '[' && end != std::string_view::npos && end > i + 1 &&
                code.substr(i + 1, end - i - 1).find_first_not_of("hHmMsS") == std::string_view::npos) {
                bare += code.substr(i + 1, end - i - 1);
            }
            if (end == std::string_view::npos) break;
            i = end;
        } else {
            bare += code[i];
        }
    }
    return bare;
}

/// 15 digits, which is what a sheet is exact to: 0.1 is stored as 0.10000000000000001.
std::string plain_number(double value) {
    return fmt::format("{:.15g}", value);
}

std::string time_text(std::int64_t seconds_of_day) {
    const auto hours = seconds_of_day / 3600;
    const auto minutes = seconds_of_day / 60 % 60;
    const auto seconds = seconds_of_day % 60;
    return seconds == 0 ? fmt::format("{:02}:{:02}", hours, minutes)
                        : fmt::format("{:02}:{:02}:{:02}", hours, minutes, seconds);
}

std::string date_text(double value, bool counts_from_1904) {
    using namespace std::chrono;
    if (!(value >= 0) || value >= last_day) return plain_number(value);
    const auto whole = static_cast<std::int64_t>(std::llround(value * seconds_a_day));
    const std::int64_t day = whole / static_cast<std::int64_t>(seconds_a_day);
    const std::int64_t rest = whole % static_cast<std::int64_t>(seconds_a_day);
    if (day == 0 && !counts_from_1904) return time_text(rest);
    const sys_days origin = counts_from_1904 ? sys_days(year(1904) / 1 / 1) : sys_days(year(1899) / 12 / 30);
    // Lotus 1-2-3 had a 29 February 1900, and so has every sheet since: days before it are one off.
    const bool is_before_leap = !counts_from_1904 && day < 60;
    const year_month_day date(origin + days(day + (is_before_leap ? 1 : 0)));
    const std::string text = fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                                         static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
    return rest == 0 ? text : text + " " + time_text(rest);
}

}  // namespace

CellFormat format_of_code(std::string_view code) {
    const std::string bare = bare_code(code.substr(0, code.find(';')));
    if (bare.find('%') != std::string::npos) return CellFormat::percentage;
    if (bare == "General" || bare.find_first_of("0#?") != std::string::npos) {
        // "ss.000" is a time with fractions.
        if (bare.find_first_of("ysdhYSDH") == std::string::npos || bare == "General") return CellFormat::number;
    }
    return bare.find_first_of("ymdhsYMDHS") == std::string::npos ? CellFormat::number : CellFormat::date;
}

std::string number_text(const std::string& value, CellFormat format, bool counts_from_1904) {
    char* end = nullptr;
    const double number = std::strtod(value.c_str(), &end);
    if (end == value.c_str() || *end != '\0' || !std::isfinite(number)) return value;
    switch (format) {
        case CellFormat::percentage:
            return plain_number(number * 100) + "%";
        case CellFormat::date:
            return date_text(number, counts_from_1904);
        case CellFormat::number:
            break;
    }
    return plain_number(number);
}

}  // namespace nassaq::ocr
