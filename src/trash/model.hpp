#pragma once

#include <array>
#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "documents/model.hpp"
#include "schema/rule.hpp"

namespace nassaq::trash {

struct TrashQuery {
    std::int64_t skip = 0;
    std::int64_t limit = 20;
    std::optional<std::int64_t> user_id;
    std::optional<std::string> view;
};
BOOST_DESCRIBE_STRUCT(TrashQuery, (), (skip, limit, user_id, view))

inline constexpr auto views = std::to_array<std::string_view>({"own", "all"});

struct TrashItem {
    std::int64_t doc_id = 0;
    std::string filename;
    std::string path;
    std::int64_t uploaded_by_user_id = 0;
    std::optional<std::string> ctype;
    std::optional<std::int64_t> size;
    Timestamp uploaded_at;
    Timestamp deleted_at;
    std::int64_t deleted_by_user_id = 0;
    Timestamp purge_at;
};
BOOST_DESCRIBE_STRUCT(TrashItem, (),
                      (doc_id, filename, path, uploaded_by_user_id, ctype, size, uploaded_at, deleted_at,
                       deleted_by_user_id, purge_at))

struct TrashList {
    std::int64_t total = 0;
    std::vector<TrashItem> items;
};
BOOST_DESCRIBE_STRUCT(TrashList, (), (total, items))

/// Where a document comes back; what is not named is as it was.
struct RestoreQuery {
    std::optional<std::string> filename;
    std::optional<std::string> full_path;
};
BOOST_DESCRIBE_STRUCT(RestoreQuery, (), (filename, full_path))

struct DeleteResponse {
    std::int64_t doc_id = 0;
    std::string message = "Document deleted successfully.";
};
BOOST_DESCRIBE_STRUCT(DeleteResponse, (), (doc_id, message))

struct PurgeResponse {
    std::int64_t doc_id = 0;
    std::string message = "Document removed for good.";
};
BOOST_DESCRIBE_STRUCT(PurgeResponse, (), (doc_id, message))

struct EmptyResponse {
    std::int64_t documents = 0;
};
BOOST_DESCRIBE_STRUCT(EmptyResponse, (), (documents))

}  // namespace nassaq::trash

namespace nassaq::schema {

template <>
inline constexpr auto rules<trash::TrashQuery> = std::to_array<Rule>({
    {.field = "skip", .min = 0, .max = largest_integer, .defaulted = true},
    {.field = "limit", .min = 1, .max = 100, .defaulted = true},
    {.field = "user_id", .description = "With all that one may read: only what is this user's", .example = "7"},
    {.field = "view",
     .one_of = trash::views,
     .description = "My own documents, or all that I may read; for an administrator all, unless it is said",
     .example = R"("all")"},
});

template <>
inline constexpr auto rules<trash::TrashList> = std::to_array<Rule>({
    {.field = "total", .example = "3"},
});

template <>
inline constexpr auto rules<trash::TrashItem> = std::to_array<Rule>({
    {.field = "doc_id", .example = "12"},
    {.field = "filename", .example = R"("رسالة.pdf")"},
    {.field = "path", .description = "Where it was; / for the root", .example = R"("contracts/2024")"},
    {.field = "uploaded_by_user_id", .example = "7"},
    {.field = "ctype", .example = R"("application/pdf")"},
    {.field = "size", .example = "73400"},
    {.field = "deleted_by_user_id", .example = "7"},
    {.field = "purge_at", .description = "When it is removed for good"},
});

template <>
inline constexpr auto rules<trash::RestoreQuery> = std::to_array<Rule>({
    {.field = "filename", .description = "Another name, when its own is taken by now", .example = R"("رسالة (2).pdf")"},
    {.field = "full_path",
     .check = documents::tidy_upload_path,
     .description = "Another virtual path, when its own is gone by now; empty is the root",
     .example = R"("contracts/2024")"},
});

template <>
inline constexpr auto rules<trash::DeleteResponse> = std::to_array<Rule>({
    {.field = "doc_id", .example = "12"},
    {.field = "message", .example = R"("Document deleted successfully.")"},
});

template <>
inline constexpr auto rules<trash::PurgeResponse> = std::to_array<Rule>({
    {.field = "doc_id", .example = "12"},
    {.field = "message", .example = R"("Document removed for good.")"},
});

template <>
inline constexpr auto rules<trash::EmptyResponse> = std::to_array<Rule>({
    {.field = "documents", .description = "So many are removed for good by and by", .example = "3"},
});

}  // namespace nassaq::schema
