#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace nassaq {

/// A moment in UTC, as exact as the databases keep it.
using Timestamp = std::chrono::sys_time<std::chrono::microseconds>;

Timestamp now();

/// "2024-05-01T09:30:00" or, when the fraction is not zero, "2024-05-01T09:30:00.000120" (api.md, 1).
std::string to_iso(Timestamp time);
/// Always with six digits of fraction, so that the order of the texts is the order of the times.
std::string to_sortable(Timestamp time);
/// Reads both forms, and a space in place of the 'T'. Nothing when the text is no such time.
std::optional<Timestamp> parse_iso(std::string_view text);

/// "Sun, 06 Nov 1994 08:49:37 GMT" (IMF-fixdate, RFC 9110, 5.6.7).
std::string to_http_date(std::chrono::sys_seconds time);
/// Reads that form only, not the obsolete ones.
std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text);

}  // namespace nassaq
