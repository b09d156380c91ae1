#pragma once

#include <array>
#include <boost/describe.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "paths/model.hpp"
#include "schema/rule.hpp"

namespace nassaq::documents {

/// What the OCR stage of a document can be (api.md, 5).
inline constexpr std::array<std::string_view, 4> statuses{"Finished", "Failed", "Processing", "Queued"};

/// Where the text of a page comes from: a text layer, recognition, or a text file.
inline constexpr std::array<std::string_view, 3> text_methods{"embedded", "ocr", "decoded"};

/// Puts the path of an upload in order: as a virtual path, and empty for the root.
std::optional<std::string> tidy_upload_path(std::string& path);

/// Refuses a query that finds nothing whatever there is.
std::optional<std::string> check_search_query(std::string& query);

struct UploadFields {
    std::string full_path;
    std::optional<std::string> description;
};
BOOST_DESCRIBE_STRUCT(UploadFields, (), (full_path, description))

struct UploadMetadata {
    std::optional<std::string> description;
    std::string full_path;
};
BOOST_DESCRIBE_STRUCT(UploadMetadata, (), (description, full_path))

struct UploadResponse {
    std::string filename;
    std::string path;  ///< The blob's URL.
    std::string ctype;
    std::int64_t size = 0;
    UploadMetadata metadata;
    std::int64_t doc_id = 0;
    std::string sha256;
    std::optional<std::int64_t> duplicate_of;
};
BOOST_DESCRIBE_STRUCT(UploadResponse, (), (filename, path, ctype, size, metadata, doc_id, sha256, duplicate_of))

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
};
BOOST_DESCRIBE_STRUCT(ListAll, (), (skip, limit, status, user_id))

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
};
BOOST_DESCRIBE_STRUCT(DocumentDetails, (),
                      (doc_id, filename, path, uploaded_by_user_id, uploaded_at, status, error_message, description,
                       ctype, size, sha256, file_type, updated_at, page_count, word_count, primary_language,
                       avg_confidence, pages_done, pages, stages, error_code))

struct UpdateDocument {
    std::optional<std::string> filename;
    std::optional<std::string> full_path;
    schema::Patch<std::string> description;
};
BOOST_DESCRIBE_STRUCT(UpdateDocument, (), (filename, full_path, description))

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

struct DeleteResponse {
    std::int64_t doc_id = 0;
    std::string message = "Document deleted successfully.";
};
BOOST_DESCRIBE_STRUCT(DeleteResponse, (), (doc_id, message))

struct DownloadQuery {
    bool is_inline = false;
};
BOOST_DESCRIBE_STRUCT(DownloadQuery, (), (is_inline))

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

/// Why a document failed, for programs.
inline constexpr Rule error_code_rule{.field = "error_code",
                                      .omitted_when_empty = true,
                                      .description = "The same for programs, of a reason of this system's own",
                                      .example = R"("file_damaged")"};

template <>
inline constexpr auto rules<documents::UploadFields> = std::to_array<Rule>({
    {.field = "full_path",
     .defaulted = true,
     .check = documents::tidy_upload_path,
     .description = "The virtual path to put it in; empty is the root",
     .example = R"("contracts/2024")"},
    {.field = "description", .example = R"("Signed in 2024")"},
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

template <>
inline constexpr auto rules<documents::StageQuery> = std::to_array<Rule>({
    {.field = "stage", .max = 50, .defaulted = true, .description = "OCR, whose text everybody reads, or another"},
});

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
});

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

template <>
inline constexpr auto rules<documents::DownloadQuery> = std::to_array<Rule>({
    {.field = "is_inline",
     .alias = "inline",
     .defaulted = true,
     .description = "Show it in the browser rather than save it"},
});

template <>
inline constexpr auto rules<documents::UploadMetadata> = std::to_array<Rule>({
    {.field = "description", .example = R"("Signed in 2024")"},
    {.field = "full_path", .example = R"("contracts/2024")"},
});

template <>
inline constexpr auto rules<documents::UploadResponse> = std::to_array<Rule>({
    {.field = "filename", .example = R"("رسالة.pdf")"},
    {.field = "path",
     .description = "The URL of the blob",
     .example = R"("http://localhost:8000/documents/contracts/2024/contract.pdf")"},
    {.field = "ctype", .example = R"("application/pdf")"},
    {.field = "size", .example = "73400"},
    {.field = "doc_id", .example = "12"},
    {.field = "sha256", .example = R"("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")"},
    {.field = "duplicate_of",
     .omitted_when_empty = true,
     .description = "The first of the caller's documents with the same content, where there is one",
     .example = "7"},
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
inline constexpr auto rules<documents::Stage> = std::to_array<Rule>({
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
});

template <>
inline constexpr auto rules<documents::EventData> = std::to_array<Rule>({
    {.field = "pages_done", .omitted_when_empty = true},
    {.field = "pages", .omitted_when_empty = true},
    error_code_rule,
});

template <>
inline constexpr auto rules<documents::DeleteResponse> = std::to_array<Rule>({
    {.field = "doc_id", .example = "12"},
    {.field = "message", .example = R"("Document deleted successfully.")"},
});

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
