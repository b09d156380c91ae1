#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "schema/rule.hpp"

namespace nassaq::audit {

struct ListLogs {
    std::int64_t skip = 0;
    std::int64_t limit = 20;
    std::optional<std::string> action_type;
    std::optional<std::int64_t> user_id;
    std::optional<Timestamp> since;
    std::optional<Timestamp> until;
};
BOOST_DESCRIBE_STRUCT(ListLogs, (), (skip, limit, action_type, user_id, since, until))

struct LogEntry {
    std::int64_t log_id = 0;
    Timestamp log_timestamp;
    std::string action_type;
    std::optional<std::int64_t> user_id;
    std::optional<std::int64_t> entity_id;
    std::optional<std::string> details;
};
BOOST_DESCRIBE_STRUCT(LogEntry, (), (log_id, log_timestamp, action_type, user_id, entity_id, details))

struct LogList {
    std::int64_t total = 0;
    std::vector<LogEntry> items;
};
BOOST_DESCRIBE_STRUCT(LogList, (), (total, items))

}  // namespace nassaq::audit

namespace nassaq::schema {

template <>
inline constexpr auto rules<audit::ListLogs> = std::to_array<Rule>({
    {.field = "skip", .min = 0, .max = largest_integer, .defaulted = true},
    {.field = "limit", .min = 1, .max = 100, .defaulted = true},
    {.field = "action_type",
     .max = 50,
     .description = "As in the entries: user_login, document_upload …",
     .example = R"("user_login")"},
    {.field = "user_id", .description = "Who did it", .example = "7"},
    {.field = "since", .description = "From this moment on; UTC unless it has an offset"},
    {.field = "until", .description = "Up to and with this moment; UTC unless it has an offset"},
});

template <>
inline constexpr auto rules<audit::LogEntry> = std::to_array<Rule>({
    {.field = "log_id", .example = "4711"},
    {.field = "action_type", .example = R"("document_upload")"},
    {.field = "user_id", .example = "7"},
    {.field = "entity_id", .example = "12"},
    {.field = "details", .example = R"("contract.pdf")"},
});

template <>
inline constexpr auto rules<audit::LogList> = std::to_array<Rule>({
    {.field = "total", .description = "Counted to 10,000, and as far as the page goes", .example = "1"},
});

}  // namespace nassaq::schema
