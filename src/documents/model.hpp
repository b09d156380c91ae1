#pragma once

#include <array>
#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "schema/rule.hpp"

namespace nassaq::documents {

/// What the OCR stage of a document can be (api.md, 5).
inline constexpr std::array<std::string_view, 4> statuses{"Finished", "Failed", "Processing", "Queued"};

/// Puts the path of an upload in order: as a virtual path, and empty for the root.
std::optional<std::string> tidy_upload_path(std::string& path);

struct Stage {
    std::string stage_name;
    std::string status;
    Timestamp start_time;
    std::optional<Timestamp> end_time;
    std::optional<std::string> error_message;
    std::optional<std::string> error_code;
};
BOOST_DESCRIBE_STRUCT(Stage, (), (stage_name, status, start_time, end_time, error_message, error_code))

struct StageQuery {
    std::string stage = "OCR";
};
BOOST_DESCRIBE_STRUCT(StageQuery, (), (stage))

struct DocumentStatus {
    std::int64_t doc_id = 0;
    std::string filename;
    std::string stage_name;
    std::string status;
    Timestamp start_time;
    std::optional<Timestamp> end_time;
    std::optional<std::string> error_message;
    std::vector<Stage> stages;
    std::optional<std::string> error_code;
};
BOOST_DESCRIBE_STRUCT(DocumentStatus, (),
                      (doc_id, filename, stage_name, status, start_time, end_time, error_message, stages, error_code))

struct DocumentDetails {
    std::int64_t doc_id = 0;
    std::string filename;
    std::string path;
    std::int64_t uploaded_by_user_id = 0;
    Timestamp uploaded_at;
    std::optional<std::string> status;
    std::optional<std::string> error_message;
    std::optional<std::string> description;
    std::optional<std::string> ctype;
    std::optional<std::int64_t> size;
    std::optional<std::string> sha256;
    std::optional<std::string> file_type;
    std::optional<Timestamp> updated_at;
    std::optional<std::int64_t> page_count;
    std::optional<std::int64_t> word_count;
    std::optional<std::string> primary_language;
    std::optional<double> avg_confidence;
    std::optional<std::int64_t> pages_done;
    std::optional<std::int64_t> pages;
    std::vector<Stage> stages;
    std::optional<std::string> error_code;
    std::optional<Timestamp> file_modified_at;
    std::optional<std::int64_t> version;
};
BOOST_DESCRIBE_STRUCT(DocumentDetails, (),
                      (doc_id, filename, path, uploaded_by_user_id, uploaded_at, status, error_message, description,
                       ctype, size, sha256, file_type, updated_at, page_count, word_count, primary_language,
                       avg_confidence, pages_done, pages, stages, error_code, file_modified_at, version))

struct UpdateDocument {
    std::optional<std::string> filename;
    std::optional<std::string> full_path;
    schema::Patch<std::string> description;
};
BOOST_DESCRIBE_STRUCT(UpdateDocument, (), (filename, full_path, description))

struct DownloadQuery {
    bool is_inline = false;
};
BOOST_DESCRIBE_STRUCT(DownloadQuery, (), (is_inline))

}  // namespace nassaq::documents

namespace nassaq::schema {

/// Why a document failed, for programs.
inline constexpr Rule error_code_rule{.field = "error_code",
                                      .omitted_when_empty = true,
                                      .description = "The same for programs, of a reason of this system's own",
                                      .example = R"("file_damaged")"};

template <>
inline constexpr auto rules<documents::Stage> = std::to_array<Rule>({
    {.field = "stage_name", .example = R"("OCR")"},
    {.field = "status", .one_of = documents::statuses},
    {.field = "error_message", .example = R"("The file is damaged")"},
    error_code_rule,
});

template <>
inline constexpr auto rules<documents::StageQuery> = std::to_array<Rule>({
    {.field = "stage", .max = 50, .defaulted = true, .description = "OCR, whose text everybody reads, or another"},
});

template <>
inline constexpr auto rules<documents::DocumentStatus> = std::to_array<Rule>({
    {.field = "doc_id", .example = "12"},
    {.field = "filename", .example = R"("رسالة.pdf")"},
    {.field = "stage_name", .example = R"("OCR")"},
    {.field = "status", .one_of = documents::statuses},
    {.field = "error_message", .example = R"("The file is damaged")"},
    error_code_rule,
});

template <>
inline constexpr auto rules<documents::DocumentDetails> = std::to_array<Rule>({
    {.field = "doc_id", .example = "12"},
    {.field = "filename", .example = R"("رسالة.pdf")"},
    {.field = "path", .description = "The virtual path; / for the root", .example = R"("contracts/2024")"},
    {.field = "uploaded_by_user_id", .example = "7"},
    {.field = "status", .one_of = documents::statuses},
    {.field = "error_message", .description = "Why it failed", .example = R"("The file is damaged")"},
    {.field = "description", .example = R"("Signed in 2024")"},
    {.field = "ctype", .example = R"("application/pdf")"},
    {.field = "size", .example = "73400"},
    {.field = "sha256", .example = R"("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")"},
    {.field = "file_type", .example = R"("pdf")"},
    {.field = "page_count", .example = "3"},
    {.field = "word_count", .example = "741"},
    {.field = "primary_language", .example = R"("ar")"},
    {.field = "avg_confidence", .example = "0.93"},
    {.field = "pages_done",
     .omitted_when_empty = true,
     .description = "Only while a document of several pages is Processing: how many of them are done",
     .example = "3"},
    {.field = "pages", .omitted_when_empty = true, .description = "How many there are", .example = "10"},
    error_code_rule,
    {.field = "file_modified_at",
     .omitted_when_empty = true,
     .description = "When the file was changed last where it came from, if that was told"},
    {.field = "version",
     .omitted_when_empty = true,
     .description = "Which of its versions this is, from the second one on",
     .example = "2"},
});

template <>
inline constexpr auto rules<documents::UpdateDocument> = std::to_array<Rule>({
    {.field = "filename", .description = "Without any directory; the type stays", .example = R"("contract.pdf")"},
    {.field = "full_path",
     .check = documents::tidy_upload_path,
     .description = "The virtual path to move it to; empty is the root",
     .example = R"("contracts/2024")"},
    {.field = "description", .description = "Null takes it away", .example = R"("Signed in 2024")"},
});

template <>
inline constexpr auto rules<documents::DownloadQuery> = std::to_array<Rule>({
    {.field = "is_inline",
     .alias = "inline",
     .defaulted = true,
     .description = "Show it in the browser rather than save it"},
});

}  // namespace nassaq::schema
