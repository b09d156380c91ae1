#pragma once

#include "http_client/message.hpp"
#include "storage/blob_service.hpp"

/// What S3 answers (Amazon S3 API Reference: "Error responses", ListObjectsV2).
namespace nassaq::storage::s3 {

/// Completing an upload can fail behind a 200 (CompleteMultipartUpload, "a 200 OK response can contain an error").
bool is_success(const http_client::Response& response);
/// Whether the condition of a write did not hold.
bool is_taken(const http_client::Response& response);
bool is_without_bucket(const http_client::Response& response);

ListPage read_list(const http_client::Response& response);

}  // namespace nassaq::storage::s3
