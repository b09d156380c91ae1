#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace nassaq::storage {

/// A connection string of Azure Storage, read ("Configure Azure Storage connection strings",
/// learn.microsoft.com/azure/storage/common/storage-configure-connection-string).
struct AzureConnection {
    std::string endpoint;  ///< Of the blob service, without a '/' at its end: "https://ACCOUNT.blob.core.windows.net".
    std::string account;   ///< Empty with a SAS.
    std::string key;       ///< The account's key, decoded. Empty with a SAS.
    std::string sas;       ///< The query of a shared access signature, without '?'. Empty with a key.
    bool is_development = false;  ///< Azurite's account, whose name is in the path.

    /// All forms: AccountName with AccountKey or SharedAccessSignature and DefaultEndpointsProtocol, EndpointSuffix or
    /// BlobEndpoint; UseDevelopmentStorage=true with DevelopmentStorageProxyUri. Names count without case; what belongs
    /// to other services is passed over.
    /// @return or what is wrong with it, without any value of it.
    static std::expected<AzureConnection, std::string> parse(std::string_view text);
};

/// A container, by its URL with a shared access signature ("Create a service SAS",
/// learn.microsoft.com/rest/api/storageservices/create-service-sas).
struct AzureContainer {
    AzureConnection connection;
    std::string name;

    /// "https://ACCOUNT.blob.core.windows.net/NAME?SAS", or with the account in the path, as Azurite has it:
    /// "http://HOST:PORT/ACCOUNT/NAME?SAS". Whether the name is one that a container may have is not looked at.
    /// @return or what is wrong with it, without any part of it.
    static std::expected<AzureContainer, std::string> parse(std::string_view url);
};

}  // namespace nassaq::storage
