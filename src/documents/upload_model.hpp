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

/// Makes the hexadecimal digits of a SHA-256 lower-case. @return what is wrong with it, or nothing.
std::optional<std::string> check_sha256(std::string& sha256);

struct UploadFields {
    std::string full_path;
    std::optional<std::string> description = std::nullopt;
    std::optional<Timestamp> file_modified_at = std::nullopt;
};
BOOST_DESCRIBE_STRUCT(UploadFields, (), (full_path, description, file_modified_at))

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

struct ContentQuery {
    std::string sha256;
};
BOOST_DESCRIBE_STRUCT(ContentQuery, (), (sha256))

/// A document that has the content which was asked for.
struct ContentCopy {
    std::int64_t doc_id = 0;
    std::string filename;
    std::string path;  ///< The virtual path.
};
BOOST_DESCRIBE_STRUCT(ContentCopy, (), (doc_id, filename, path))

struct ContentCopies {
    std::vector<ContentCopy> items;
};
BOOST_DESCRIBE_STRUCT(ContentCopies, (), (items))

}  // namespace nassaq::documents

namespace nassaq::schema {

template <>
inline constexpr auto rules<documents::UploadFields> = std::to_array<Rule>({
    {.field = "full_path",
     .defaulted = true,
     .check = documents::tidy_upload_path,
     .description = "The virtual path to put it in; empty is the root",
     .example = R"("contracts/2024")"},
    {.field = "description", .example = R"("Signed in 2024")"},
    {.field = "file_modified_at", .description = "When the file was changed last where it comes from"},
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
inline constexpr auto rules<documents::ContentQuery> = std::to_array<Rule>({
    {.field = "sha256",
     .check = documents::check_sha256,
     .description = "Of the whole content, in hexadecimal",
     .example = R"("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")"},
});

template <>
inline constexpr auto rules<documents::ContentCopy> = std::to_array<Rule>({
    {.field = "doc_id", .example = "12"},
    {.field = "filename", .example = R"("رسالة.pdf")"},
    {.field = "path", .description = "The virtual path; / for the root", .example = R"("contracts/2024")"},
});

}  // namespace nassaq::schema
