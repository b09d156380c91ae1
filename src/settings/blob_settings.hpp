#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "settings/env_file.hpp"
#include "storage/azure.hpp"
#include "storage/s3.hpp"

namespace nassaq::settings {

/// Where blobs are kept: a folder below DATA_DIR, or a service.
struct LocalBlobs {};
using BlobStorage = std::variant<LocalBlobs, storage::AzureOptions, storage::S3Options>;

/// "local", "azure" or "s3".
std::string_view name_of(const BlobStorage& storage);

struct BlobSettings {
    BlobStorage storage;
    /// AZURE_BLOB_CONTAINER_URL, a secret: where the Python platform keeps some originals.
    std::optional<storage::AzureOptions> second_container;
    std::chrono::minutes orphan_grace{};  ///< How old a blob without a document has to be to be removed.
};

/// @param faults  what is wrong is added, each with its variable and without any secret
BlobSettings read_blob_settings(const Variables& variables, std::vector<std::string>& faults);

}  // namespace nassaq::settings
