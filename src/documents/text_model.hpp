#pragma once

#include <array>
#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "documents/model.hpp"
#include "schema/rule.hpp"

namespace nassaq::documents {

/// Where the text of a page comes from: a text layer, recognition, or a text file.
inline constexpr std::array<std::string_view, 3> text_methods{"embedded", "ocr", "decoded"};

struct PageText {
    std::int64_t page = 0;
    std::string text;
    std::string method;
    std::optional<double> confidence;
    std::optional<std::string> language;
};
BOOST_DESCRIBE_STRUCT(PageText, (), (page, text, method, confidence, language))

struct TextResponse {
    std::int64_t doc_id = 0;
    std::string status;
    std::int64_t page_count = 0;
    std::int64_t word_count = 0;
    std::string primary_language;
    double avg_confidence = 0;
    std::string text;
    std::vector<PageText> pages;
};
BOOST_DESCRIBE_STRUCT(TextResponse, (),
                      (doc_id, status, page_count, word_count, primary_language, avg_confidence, text, pages))

}  // namespace nassaq::documents

namespace nassaq::schema {

template <>
inline constexpr auto rules<documents::PageText> = std::to_array<Rule>({
    {.field = "page", .example = "1"},
    {.field = "text", .example = R"("بسم الله الرحمن الرحيم")"},
    {.field = "method", .one_of = documents::text_methods},
    {.field = "confidence", .description = "0 to 1, of method ocr", .example = "0.93"},
    {.field = "language", .example = R"("ar")"},
});

template <>
inline constexpr auto rules<documents::TextResponse> = std::to_array<Rule>({
    {.field = "doc_id", .example = "12"},
    {.field = "status", .one_of = documents::statuses},
    {.field = "page_count", .example = "1"},
    {.field = "word_count", .example = "4"},
    {.field = "primary_language", .example = R"("ar")"},
    {.field = "avg_confidence", .example = "0.93"},
    {.field = "text", .example = R"("بسم الله الرحمن الرحيم")"},
});

}  // namespace nassaq::schema
