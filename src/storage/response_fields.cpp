#include "storage/response_fields.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "base/text.hpp"

namespace nassaq::storage {
namespace {

constexpr int partial_content = 206;
constexpr int not_found = 404;
constexpr int insufficient_storage = 507;

void require_range(const http_client::Response& head, std::uint64_t offset) {
    if (head.status != partial_content && offset == 0) {
        return;
    }
    const auto range = http_client::find(head.headers, "content-range");
    if (!range || !range->starts_with("bytes " + std::to_string(offset) + "-")) {
        throw std::runtime_error("the storage service answered another range than was asked for");
    }
}

}  // namespace

std::string error_code(const http_client::Response& response) {
    if (const auto code = http_client::find(response.headers, "x-ms-error-code")) {
        return std::string(*code);
    }
    pugi::xml_document document;
    document.load_buffer(response.body.data(), response.body.size());
    return document.child("Error").child("Code").text().get();
}

void refuse(std::string_view action, const http_client::Response& response) {
    if (response.status == insufficient_storage) {
        throw std::system_error(ENOSPC, std::generic_category(), fmt::format("the storage service cannot {}", action));
    }
    throw std::runtime_error(
        fmt::format("the storage service refused to {}: {} {}", action, response.status, error_code(response)));
}

void require_success(std::string_view action, const http_client::Response& response) {
    if (!response.is_success()) {
        refuse(action, response);
    }
}

std::string range_of(std::uint64_t offset, std::uint64_t length) {
    return fmt::format("bytes={}-{}", offset, offset + length - 1);
}

void add_if_match(http_client::Headers& headers, std::string_view etag) {
    if (!etag.empty()) {
        headers.emplace_back("If-Match", etag);
    }
}

std::unique_ptr<http_client::ResponseStream> take_bytes(std::unique_ptr<http_client::ResponseStream> stream,
                                                        std::uint64_t offset) {
    const http_client::Response& head = stream->head();
    if (head.status == not_found) {
        return nullptr;
    }
    require_success("give a blob", head);
    require_range(head, offset);
    return stream;
}

std::optional<RemoteBlob> read_blob_head(std::string_view name, const http_client::Response& response,
                                         std::string_view header_of_mark) {
    if (response.status == not_found) {
        return std::nullopt;
    }
    require_success("look for a blob", response);
    const auto field = [&](std::string_view key) {
        return http_client::find(response.headers, key).value_or(std::string_view());
    };
    const auto size = text::parse_integer(field("content-length"));
    if (!size || *size < 0) {
        throw std::runtime_error("the storage service did not say how long a blob is");
    }
    return RemoteBlob{.properties = {.name = std::string(name),
                                     .size = static_cast<std::uint64_t>(*size),
                                     .last_modified = read_http_date(field("last-modified"))},
                      .etag = std::string(field("etag")),
                      .mark = std::string(field(header_of_mark))};
}

pugi::xml_document parse_xml(const std::string& body) {
    pugi::xml_document document;
    if (!document.load_buffer(body.data(), body.size(), pugi::parse_default | pugi::parse_ws_pcdata_single)) {
        throw std::runtime_error("the storage service's answer is not XML");
    }
    return document;
}

Timestamp read_http_date(std::string_view text) {
    const auto time = parse_http_date(text);
    if (!time) {
        throw std::runtime_error("the storage service gave a time in an unknown form");
    }
    return *time;
}

Timestamp read_iso_date(std::string_view text) {
    if (text.ends_with('Z')) {
        text.remove_suffix(1);
    }
    const auto time = parse_iso(text);
    if (!time) {
        throw std::runtime_error("the storage service gave a time in an unknown form");
    }
    return *time;
}

}  // namespace nassaq::storage
