#pragma once

#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "documents/model.hpp"
#include "schema/rule.hpp"

namespace nassaq::documents {

struct ListMine {
    std::int64_t skip = 0;
    std::int64_t limit = 20;
    std::optional<std::string> status;
};
BOOST_DESCRIBE_STRUCT(ListMine, (), (skip, limit, status))

struct ListAll {
    std::int64_t skip = 0;
    std::int64_t limit = 20;
    std::optional<std::string> status;
    std::optional<std::int64_t> user_id;
    std::optional<std::string> view;
};
BOOST_DESCRIBE_STRUCT(ListAll, (), (skip, limit, status, user_id, view))

inline constexpr auto views = std::to_array<std::string_view>({"own", "shared", "all"});

struct DocumentItem {
    std::int64_t doc_id = 0;
    std::string filename;
    std::string path;  ///< The virtual path.
    std::int64_t uploaded_by_user_id = 0;
    Timestamp uploaded_at;
    std::optional<std::string> status;
    std::optional<std::string> error_message;
    // As the platform of June 2026 has them beside: of each stage, and of the file.
    std::optional<std::int64_t> file_size;
    std::optional<std::string> content_type;
    std::optional<std::string> file_type;  ///< With its dot, as there.
    std::optional<std::string> ocr_status;
    std::optional<std::string> ocr_error_message;
    std::optional<std::string> classification_status;
    std::optional<std::string> classification_error_message;
    std::optional<std::string> vectorization_status;
    std::optional<std::string> vectorization_error_message;
    std::optional<std::string> error_code;  ///< Of error_message, as in all that follow.
};
BOOST_DESCRIBE_STRUCT(DocumentItem, (),
                      (doc_id, filename, path, uploaded_by_user_id, uploaded_at, status, error_message, file_size,
                       content_type, file_type, ocr_status, ocr_error_message, classification_status,
                       classification_error_message, vectorization_status, vectorization_error_message, error_code))

struct DocumentList {
    std::int64_t total = 0;
    std::vector<DocumentItem> items;
};
BOOST_DESCRIBE_STRUCT(DocumentList, (), (total, items))

}  // namespace nassaq::documents

namespace nassaq::schema {

template <>
inline constexpr auto rules<documents::ListMine> = std::to_array<Rule>({
    {.field = "skip", .min = 0, .max = largest_integer, .defaulted = true},
    {.field = "limit", .min = 1, .max = 100, .defaulted = true},
    {.field = "status", .one_of = documents::statuses},
});

template <>
inline constexpr auto rules<documents::ListAll> = std::to_array<Rule>({
    {.field = "skip", .min = 0, .max = largest_integer, .defaulted = true},
    {.field = "limit", .min = 1, .max = 100, .defaulted = true},
    {.field = "status", .one_of = documents::statuses},
    {.field = "user_id", .description = "Only what this user has uploaded", .example = "7"},
    {.field = "view",
     .one_of = documents::views,
     .description = "My own, those of others that I may read, or both; without it, all: for administrators only",
     .example = R"("shared")"},
});

template <>
inline constexpr auto rules<documents::DocumentItem> = std::to_array<Rule>({
    {.field = "doc_id", .example = "12"},
    {.field = "filename", .example = R"("رسالة.pdf")"},
    {.field = "path", .description = "The virtual path; / for the root", .example = R"("contracts/2024")"},
    {.field = "uploaded_by_user_id", .example = "7"},
    {.field = "status", .one_of = documents::statuses},
    {.field = "error_message", .description = "Why it failed", .example = R"("The file is damaged")"},
    {.field = "file_size", .example = "73400"},
    {.field = "content_type", .example = R"("application/pdf")"},
    {.field = "file_type", .description = "The extension, with its dot", .example = R"(".pdf")"},
    {.field = "ocr_status", .one_of = documents::statuses, .description = "The same as status"},
    {.field = "ocr_error_message", .example = R"("The file is damaged")"},
    {.field = "classification_status", .description = "Null where there is no such stage", .example = R"("Queued")"},
    {.field = "classification_error_message", .example = R"("The text is empty")"},
    {.field = "vectorization_status", .description = "Null where there is no such stage", .example = R"("Queued")"},
    {.field = "vectorization_error_message", .example = R"("The text is empty")"},
    error_code_rule,
});

template <>
inline constexpr auto rules<documents::DocumentList> = std::to_array<Rule>({
    {.field = "total", .example = "1"},
});

}  // namespace nassaq::schema
