#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "documents/model.hpp"
#include "schema/rule.hpp"

namespace nassaq::documents {

/// Refuses a query that finds nothing whatever there is.
std::optional<std::string> check_search_query(std::string& query);

struct SearchQuery {
    std::string q;
    std::int64_t skip = 0;
    std::int64_t limit = 20;
    std::optional<std::string> path;
    std::optional<std::string> language;
    std::optional<std::int64_t> user_id;
};
BOOST_DESCRIBE_STRUCT(SearchQuery, (), (q, skip, limit, path, language, user_id))

/// A page on which something was found, or the first of a document whose name it was found in.
struct SearchHit {
    std::int64_t doc_id = 0;
    std::string filename;
    std::string path;  ///< The virtual path.
    std::int64_t page = 1;
    std::optional<std::string> language;
    double score = 0;
    std::string snippet;  ///< HTML.
};
BOOST_DESCRIBE_STRUCT(SearchHit, (), (doc_id, filename, path, page, language, score, snippet))

struct SearchResponse {
    std::int64_t total = 0;
    std::vector<SearchHit> items;
};
BOOST_DESCRIBE_STRUCT(SearchResponse, (), (total, items))

}  // namespace nassaq::documents

namespace nassaq::schema {

template <>
inline constexpr auto rules<documents::SearchQuery> = std::to_array<Rule>({
    {.field = "q",
     .max = 500,
     .check = documents::check_search_query,
     .description = "Words, \"phrases\", -without, begin*",
     .example = R"("الإعلان العالمي")"},
    {.field = "skip", .min = 0, .max = largest_integer, .defaulted = true},
    {.field = "limit", .min = 1, .max = 100, .defaulted = true},
    {.field = "path",
     .check = documents::tidy_upload_path,
     .description = "Only in this virtual path and those below it",
     .example = R"("contracts/2024")"},
    {.field = "language", .max = 10, .description = "Only pages in this language", .example = R"("ar")"},
    {.field = "user_id", .description = "Only what this user has uploaded", .example = "7"},
});

template <>
inline constexpr auto rules<documents::SearchHit> = std::to_array<Rule>({
    {.field = "doc_id", .example = "12"},
    {.field = "filename", .example = R"("رسالة.pdf")"},
    {.field = "path", .description = "The virtual path; / for the root", .example = R"("contracts/2024")"},
    {.field = "page", .description = "From 1; the first when the name was found", .example = "3"},
    {.field = "language", .example = R"("ar")"},
    {.field = "score", .description = "0 to 1, for comparing the hits of one query", .example = "0.73"},
    {.field = "snippet",
     .description = "HTML: what was found is in <mark>, everything else is escaped",
     .example = R"("…تبنت الجمعية العامة <mark>الإعلان العالمي</mark> لحقوق الإنسان…")"},
});

template <>
inline constexpr auto rules<documents::SearchResponse> = std::to_array<Rule>({
    {.field = "total", .example = "1"},
});

}  // namespace nassaq::schema
