#pragma once

#include <expected>
#include <string_view>

#include "base/clock.hpp"

namespace nassaq::schema {

/// Reads a moment as Pydantic 2 reads a `datetime` in its lax mode (docs.pydantic.dev, "Datetime Types"): a date and a
/// time with or without an offset, a date alone (its midnight), or a Unix time in seconds or, beyond 2e10,
/// milliseconds. A time without an offset is UTC; digits beyond the microseconds are dropped.
/// @return in UTC; or what is wrong with it, in Pydantic's words.
std::expected<Timestamp, std::string_view> parse_datetime(std::string_view text);

}  // namespace nassaq::schema
