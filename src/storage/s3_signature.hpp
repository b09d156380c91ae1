#pragma once

#include <string>
#include <string_view>

#include "http_client/message.hpp"
#include "storage/azure_signature.hpp"

namespace nassaq::storage {

struct S3Credentials {
    std::string access_key;
    std::string secret_key;
    std::string session_token;  ///< Of temporary credentials; else empty.
};

/// What is signed with AWS Signature Version 4 ("Authenticating Requests: Using the Authorization Header",
/// docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html).
struct S3SigningInput {
    std::string_view method;
    std::string_view path;  ///< Percent-encoded as it is sent.
    const Query& query;
    /// All of them are signed: host, x-amz-date and x-amz-content-sha256 among them.
    const http_client::Headers& headers;
};

std::string s3_canonical_request(const S3SigningInput& input);
/// The Authorization header for an S3 service in `region`.
std::string s3_authorization(const S3SigningInput& input, const S3Credentials& credentials, std::string_view region);

}  // namespace nassaq::storage
