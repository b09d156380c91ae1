#pragma once

#include <array>
#include <boost/describe.hpp>
#include <cstdint>
#include <optional>

#include "base/clock.hpp"
#include "schema/rule.hpp"

namespace nassaq::quotas {

/// What is set, as a whole: a number that is left out, or null, is what applies otherwise; 0 is no limit.
struct QuotaRequest {
    std::optional<std::int64_t> bytes;
    std::optional<std::int64_t> documents;
    std::optional<std::int64_t> pages_per_day;
};
BOOST_DESCRIBE_STRUCT(QuotaRequest, (), (bytes, documents, pages_per_day))

struct UsageShare {
    std::int64_t used = 0;
    std::optional<std::int64_t> limit;  ///< Null: none.
    std::optional<std::int64_t> left;
};
BOOST_DESCRIBE_STRUCT(UsageShare, (), (used, limit, left))

struct UsageResponse {
    UsageShare bytes;
    UsageShare documents;
    UsageShare pages_today;
    Timestamp day_ends;
};
BOOST_DESCRIBE_STRUCT(UsageResponse, (), (bytes, documents, pages_today, day_ends))

struct UserQuotaResponse {
    std::int64_t user_id = 0;
    std::optional<std::int64_t> bytes;
    std::optional<std::int64_t> documents;
    std::optional<std::int64_t> pages_per_day;
    UsageResponse usage;
};
BOOST_DESCRIBE_STRUCT(UserQuotaResponse, (), (user_id, bytes, documents, pages_per_day, usage))

struct RoleQuotaResponse {
    std::int64_t role_id = 0;
    std::optional<std::int64_t> bytes;
    std::optional<std::int64_t> documents;
    std::optional<std::int64_t> pages_per_day;
};
BOOST_DESCRIBE_STRUCT(RoleQuotaResponse, (), (role_id, bytes, documents, pages_per_day))

}  // namespace nassaq::quotas

namespace nassaq::schema {

template <>
inline constexpr bool forbids_extra_fields<quotas::QuotaRequest> = true;

template <>
inline constexpr auto rules<quotas::QuotaRequest> = std::to_array<Rule>({
    {.field = "bytes",
     .min = 0,
     .max = largest_integer,
     .description = "Of all documents together; 0 is no limit, null what applies otherwise",
     .example = "1073741824"},
    {.field = "documents", .min = 0, .max = largest_integer, .example = "10000"},
    {.field = "pages_per_day",
     .min = 0,
     .max = largest_integer,
     .description = "Whose text is extracted, a day of UTC",
     .example = "500"},
});

template <>
inline constexpr auto rules<quotas::UsageShare> = std::to_array<Rule>({
    {.field = "used", .example = "734003"},
    {.field = "limit", .description = "Null: none", .example = "1073741824"},
    {.field = "left", .example = "1073007821"},
});

template <>
inline constexpr auto rules<quotas::UserQuotaResponse> = std::to_array<Rule>({
    {.field = "user_id", .example = "7"},
    {.field = "bytes", .description = "Of their own; null: that of the role, or the server's", .example = "1073741824"},
    {.field = "documents", .example = "10000"},
    {.field = "pages_per_day", .example = "500"},
});

template <>
inline constexpr auto rules<quotas::RoleQuotaResponse> = std::to_array<Rule>({
    {.field = "role_id", .example = "1"},
    {.field = "bytes", .description = "Null: the server's", .example = "1073741824"},
    {.field = "documents", .example = "10000"},
    {.field = "pages_per_day", .example = "500"},
});

}  // namespace nassaq::schema
