#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <map>
#include <string>

#include "documents/model.hpp"
#include "schema/rule.hpp"

namespace nassaq::documents {

/// Of what one may see, in numbers.
struct Statistics {
    std::int64_t documents = 0;
    std::int64_t pages = 0;
    std::int64_t words = 0;
    std::int64_t bytes = 0;
    std::map<std::string, std::int64_t> by_status;
    std::map<std::string, std::int64_t> by_type;
    std::map<std::string, std::int64_t> by_language;
};
BOOST_DESCRIBE_STRUCT(Statistics, (), (documents, pages, words, bytes, by_status, by_type, by_language))

}  // namespace nassaq::documents

namespace nassaq::schema {

template <>
inline constexpr auto rules<documents::Statistics> = std::to_array<Rule>({
    {.field = "documents", .example = "3"},
    {.field = "pages",
     .description = "Of documents that have been processed; so with words and languages",
     .example = "8"},
    {.field = "words", .example = "2041"},
    {.field = "bytes", .example = "734003"},
    {.field = "by_status", .example = R"({"Finished": 3, "Failed": 0, "Processing": 0, "Queued": 0})"},
    {.field = "by_type", .description = "By extension", .example = R"({"pdf": 2, "png": 1})"},
    {.field = "by_language", .example = R"({"ar": 2, "en": 1})"},
});

}  // namespace nassaq::schema
