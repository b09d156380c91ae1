#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "schema/rule.hpp"

namespace nassaq::documents {

struct DocumentVersion {
    std::int64_t version = 0;
    bool is_current = false;
    std::optional<std::string> ctype;
    std::optional<std::int64_t> size;
    std::optional<std::string> sha256;
    Timestamp created_at;
    std::int64_t created_by_user_id = 0;
    std::optional<std::int64_t> restored_from;
};
BOOST_DESCRIBE_STRUCT(DocumentVersion, (),
                      (version, is_current, ctype, size, sha256, created_at, created_by_user_id, restored_from))

struct VersionQuery {
    std::int64_t skip = 0;
    std::int64_t limit = 20;
};
BOOST_DESCRIBE_STRUCT(VersionQuery, (), (skip, limit))

struct VersionList {
    std::int64_t total = 0;
    std::vector<DocumentVersion> items;
};
BOOST_DESCRIBE_STRUCT(VersionList, (), (total, items))

/// The form of a new version has its file alone.
struct VersionFields {};
BOOST_DESCRIBE_STRUCT(VersionFields, (), ())

}  // namespace nassaq::documents

namespace nassaq::schema {

template <>
inline constexpr auto rules<documents::VersionQuery> = std::to_array<Rule>({
    {.field = "skip", .min = 0, .max = largest_integer, .defaulted = true},
    {.field = "limit", .min = 1, .max = 100, .defaulted = true},
});

template <>
inline constexpr auto rules<documents::VersionList> = std::to_array<Rule>({
    {.field = "total", .example = "2"},
});

template <>
inline constexpr auto rules<documents::DocumentVersion> = std::to_array<Rule>({
    {.field = "version", .example = "2"},
    {.field = "is_current", .description = "Whether it is what the document shows now"},
    {.field = "ctype", .example = R"("application/pdf")"},
    {.field = "size", .example = "73400"},
    {.field = "sha256",
     .description = "Also its ETag",
     .example = R"("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")"},
    {.field = "created_by_user_id", .example = "7"},
    {.field = "restored_from",
     .omitted_when_empty = true,
     .description = "The version whose bytes it brought back",
     .example = "1"},
});

}  // namespace nassaq::schema
