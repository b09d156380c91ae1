#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "http_client/client.hpp"
#include "storage/s3_signature.hpp"
#include "storage/storage.hpp"

namespace nassaq::storage {

/// How the bucket is named in a URL ("Virtual hosting of buckets", Amazon S3 User Guide).
enum class S3Addressing {
    path,         ///< https://HOST/BUCKET/KEY
    virtual_host  ///< https://BUCKET.HOST/KEY
};

struct S3Options {
    std::string endpoint;  ///< Scheme, host and port, without a '/' at its end.
    std::string region;
    std::string bucket;
    S3Credentials credentials;
    S3Addressing addressing = S3Addressing::path;
    http_client::Client::Options client;
    /// Up to this size one PutObject; above it parts of `part_bytes` (at least 5 MiB, as S3 wants), or larger where
    /// 10,000 do not suffice.
    std::uint64_t single_put_bytes = std::uint64_t{16} << 20U;
    std::uint64_t part_bytes = std::uint64_t{8} << 20U;
    int list_page = 1'000;  ///< Objects that one answer lists.
};

/// Amazon S3, or a service with its API (docs.aws.amazon.com/AmazonS3/latest/API): objects in one bucket, which is made
/// when it is not there. The service must know conditional writes (If-None-Match: *) for PutObject and
/// CompleteMultipartUpload, as S3 does since 2024. It checks the bytes by their SHA-256, those of
/// parts over TLS excepted.
std::unique_ptr<Storage> make_s3_storage(S3Options options);

}  // namespace nassaq::storage
