#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "documents/model.hpp"
#include "schema/rule.hpp"

namespace nassaq::documents {

/// The data of an event of GET /docs/events.
struct EventData {
    std::int64_t doc_id = 0;
    std::string stage_name;
    std::string status;
    std::optional<std::string> error_message;
    std::optional<std::int64_t> pages_done;
    std::optional<std::int64_t> pages;
    std::optional<std::string> error_code;
};
BOOST_DESCRIBE_STRUCT(EventData, (), (doc_id, stage_name, status, error_message, pages_done, pages, error_code))

}  // namespace nassaq::documents

namespace nassaq::schema {

template <>
inline constexpr auto rules<documents::EventData> = std::to_array<Rule>({
    {.field = "pages_done", .omitted_when_empty = true},
    {.field = "pages", .omitted_when_empty = true},
    error_code_rule,
});

}  // namespace nassaq::schema
