#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "http_client/client.hpp"
#include "storage/azure_connection.hpp"
#include "storage/storage.hpp"

namespace nassaq::storage {

struct AzureOptions {
    AzureConnection connection;
    std::string container;
    bool makes_container = true;  ///< When it is not there.
    http_client::Client::Options client;
    /// Up to this size one Put Blob; above it blocks of `block_bytes`, or larger where 50,000 do not suffice.
    std::uint64_t single_put_bytes = std::uint64_t{8} << 20U;
    std::uint64_t block_bytes = std::uint64_t{4} << 20U;
    int list_page = 1'000;  ///< Blobs that one answer lists.
};

/// Azure Blob Storage over its REST API, version 2021-12-02
/// (learn.microsoft.com/rest/api/storageservices/blob-service-rest-api): block blobs in one container, which is made
/// when it is not there. Requests are signed with the account's key, or carry a shared access signature
/// (learn.microsoft.com/rest/api/storageservices/delegate-access-with-shared-access-signature). No checksums are sent:
/// TLS finds what is damaged on the way. What a process that dies has sent of a large upload belongs to no blob and is
/// seen by nobody; Azure drops it after a week.
std::unique_ptr<Storage> make_azure_storage(AzureOptions options);

}  // namespace nassaq::storage
