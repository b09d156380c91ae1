#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/path_name.hpp"
#include "schema/rule.hpp"

namespace nassaq::paths {

inline constexpr std::string_view root = text::root_path;
using text::max_path_units;
using text::tidy_new_path;
using text::tidy_path;

/// The number of segments; 0 for the root.
std::int64_t depth_of(std::string_view path);

struct PathResponse {
    std::int64_t id = 0;
    std::string full_path;
    std::optional<std::string> description;
    std::int64_t depth = 0;
    Timestamp created_at;
};
BOOST_DESCRIBE_STRUCT(PathResponse, (), (id, full_path, description, depth, created_at))

struct ListPaths {
    std::int64_t min_depth = 0;
    std::int64_t max_depth = 5;
    std::optional<std::string> prefix;
};
BOOST_DESCRIBE_STRUCT(ListPaths, (), (min_depth, max_depth, prefix))

struct CreatePath {
    std::string full_path;
    std::optional<std::string> description;
};
BOOST_DESCRIBE_STRUCT(CreatePath, (), (full_path, description))

struct UpdatePath {
    std::optional<std::string> full_path;
    schema::Patch<std::string> description;
};
BOOST_DESCRIBE_STRUCT(UpdatePath, (), (full_path, description))

}  // namespace nassaq::paths

namespace nassaq::schema {

template <>
inline constexpr auto rules<paths::ListPaths> = std::to_array<Rule>({
    {.field = "min_depth", .alias = "minDepth", .min = 0, .max = 10, .defaulted = true},
    {.field = "max_depth", .alias = "maxDepth", .min = 1, .max = 30, .defaulted = true},
    {.field = "prefix", .description = "Only paths that begin with this text", .example = R"("contracts")"},
});

template <>
inline constexpr bool forbids_extra_fields<paths::CreatePath> = true;

template <>
inline constexpr bool forbids_extra_fields<paths::UpdatePath> = true;

template <>
inline constexpr auto rules<paths::CreatePath> = std::to_array<Rule>({
    {.field = "full_path", .check = paths::tidy_new_path, .example = R"("contracts/2024")"},
    {.field = "description", .example = R"("Signed in 2024")"},
});

template <>
inline constexpr auto rules<paths::UpdatePath> = std::to_array<Rule>({
    {.field = "full_path", .check = paths::tidy_new_path, .example = R"("contracts/2025")"},
    {.field = "description", .description = "Null takes it away", .example = R"("Signed in 2025")"},
});

template <>
inline constexpr auto rules<paths::PathResponse> = std::to_array<Rule>({
    {.field = "id", .example = "7"},
    {.field = "full_path", .example = R"("contracts/2024")"},
    {.field = "description", .example = R"("Signed in 2024")"},
    {.field = "depth", .example = "2"},
});

}  // namespace nassaq::schema
