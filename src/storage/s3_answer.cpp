#include "storage/s3_answer.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "storage/response_fields.hpp"

namespace nassaq::storage::s3 {
namespace {

/// As a query writes it: a '+' is a blank.
std::string decode_key(std::string key) {
    std::ranges::replace(key, '+', ' ');
    return text::percent_decode(key);
}

}  // namespace

bool is_success(const http_client::Response& response) {
    return response.is_success() && error_code(response).empty();
}

bool is_taken(const http_client::Response& response) {
    return response.status == 412 || error_code(response) == "PreconditionFailed";
}

bool is_without_bucket(const http_client::Response& response) {
    return response.status == 404 && error_code(response) == "NoSuchBucket";
}

ListPage read_list(const http_client::Response& response) {
    const pugi::xml_document document = parse_xml(response.body);
    const pugi::xml_node root = document.child("ListBucketResult");
    const bool encoded = std::string_view(root.child("EncodingType").text().get()) == "url";
    ListPage page;
    if (root.child("IsTruncated").text().as_bool()) {
        page.next = root.child("NextContinuationToken").text().get();
    }
    for (const pugi::xml_node& object : root.children("Contents")) {
        const std::string key = object.child("Key").text().get();
        page.blobs.push_back({.name = encoded ? decode_key(key) : key,
                              .size = object.child("Size").text().as_ullong(),
                              .last_modified = read_iso_date(object.child("LastModified").text().get())});
    }
    return page;
}

}  // namespace nassaq::storage::s3
