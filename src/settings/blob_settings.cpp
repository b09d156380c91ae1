#include "settings/blob_settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <utility>

#include "base/text.hpp"

namespace nassaq::settings {
namespace {

constexpr std::string_view azure_letters = "abcdefghijklmnopqrstuvwxyz0123456789-";

bool is_container_name(std::string_view name, std::string_view allowed) {
    constexpr std::size_t shortest = 3;
    constexpr std::size_t longest = 63;
    const auto is_end_fine = [](char end) { return end != '-' && end != '.'; };
    return name.size() >= shortest && name.size() <= longest &&
           name.find_first_not_of(allowed) == std::string_view::npos && is_end_fine(name.front()) &&
           is_end_fine(name.back());
}

/// Reads the variables of the storage, and gathers what is wrong with them.
class BlobReader {
public:
    BlobReader(const Variables& variables, std::vector<std::string>& faults) : variables_(variables), faults_(faults) {}

    [[nodiscard]] BlobStorage storage();
    [[nodiscard]] std::optional<storage::AzureOptions> second_container();
    [[nodiscard]] std::chrono::minutes orphan_grace();

private:
    storage::AzureOptions azure();
    storage::S3Options s3();
    storage::S3Addressing addressing(bool has_endpoint, const std::string& bucket);
    std::string endpoint(const std::string& region);
    std::string container(std::string_view allowed, std::string_view description);
    http_client::Client::Options client();

    [[nodiscard]] std::string text(std::string_view name) const {
        const auto found = variables_.find(name);
        return found == variables_.end() ? "" : std::string(text::trim(found->second));
    }
    std::string required(std::string_view name, std::string_view storage) {
        std::string value = text(name);
        if (value.empty()) {
            fault(name, fmt::format("is required when BLOB_STORAGE_TYPE is {}", storage));
        }
        return value;
    }
    void fault(std::string_view name, std::string_view what) { faults_.push_back(fmt::format("{}: {}", name, what)); }

    const Variables& variables_;
    std::vector<std::string>& faults_;
};

BlobStorage BlobReader::storage() {
    const std::string type = text::to_lower(text("BLOB_STORAGE_TYPE"));
    if (type == "azure") {
        return azure();
    }
    if (type == "s3") {
        return s3();
    }
    if (!type.empty() && type != "local") {
        fault("BLOB_STORAGE_TYPE", fmt::format("'{}' is none of: local, azure, s3", text("BLOB_STORAGE_TYPE")));
    }
    return LocalBlobs{};
}

storage::AzureOptions BlobReader::azure() {
    constexpr std::string_view variable = "BLOB_CONNECTION_STR";
    storage::AzureOptions options{.container = container(azure_letters, "lower-case letters, digits and hyphens"),
                                  .client = client()};
    const std::string text = required(variable, "azure");
    if (text.empty()) {
        return options;
    }
    auto connection = storage::AzureConnection::parse(text);
    if (connection) {
        options.connection = std::move(*connection);
    } else {
        fault(variable, connection.error());
    }
    return options;
}

/// Its certificate is the vendor's, and no concern of BLOB_CA_FILE, which may be that of a service of one's own.
std::optional<storage::AzureOptions> BlobReader::second_container() {
    constexpr std::string_view variable = "AZURE_BLOB_CONTAINER_URL";
    const std::string url = text(variable);
    if (url.empty()) {
        return std::nullopt;
    }
    auto container = storage::AzureContainer::parse(url);
    if (container && !is_container_name(container->name, azure_letters)) {
        container = std::unexpected("names no container that there may be");
    }
    if (!container) {
        // The URL is not repeated: it is a secret, and where it is wrong nobody knows which part of it is none.
        fault(variable,
              container.error() + "; it is of the form https://ACCOUNT.blob.core.windows.net/CONTAINER?sv=...&sig=...");
        return std::nullopt;
    }
    return storage::AzureOptions{.connection = std::move(container->connection),
                                 .container = std::move(container->name),
                                 .makes_container = false,
                                 .client = {}};
}

storage::S3Options BlobReader::s3() {
    storage::S3Options options{
        .bucket = container("abcdefghijklmnopqrstuvwxyz0123456789-.", "lower-case letters, digits, hyphens and dots"),
        .credentials = {.access_key = required("AWS_ACCESS_KEY_ID", "s3"),
                        .secret_key = required("AWS_SECRET_ACCESS_KEY", "s3"),
                        .session_token = text("AWS_SESSION_TOKEN")},
        .client = client()};
    options.region = text("AWS_REGION").empty() ? text("AWS_DEFAULT_REGION") : text("AWS_REGION");
    if (options.region.empty()) {
        options.region = "us-east-1";
    }
    options.endpoint = endpoint(options.region);
    options.addressing = addressing(!text("AWS_ENDPOINT_URL_S3").empty(), options.bucket);
    return options;
}

std::string BlobReader::endpoint(const std::string& region) {
    constexpr std::string_view variable = "AWS_ENDPOINT_URL_S3";
    std::string endpoint = text(variable);
    if (endpoint.empty()) {
        return "https://s3." + region + ".amazonaws.com";
    }
    while (endpoint.ends_with('/')) {
        endpoint.pop_back();
    }
    const std::size_t scheme = endpoint.find("://");
    const bool is_origin = (endpoint.starts_with("http://") || endpoint.starts_with("https://")) &&
                           endpoint.size() > scheme + 3 &&
                           endpoint.find_first_of("/?#@ ", scheme + 3) == std::string::npos;
    if (!is_origin) {
        fault(variable, "is not of the form https://HOST or https://HOST:PORT");
    }
    return endpoint;
}

storage::S3Addressing BlobReader::addressing(bool has_endpoint, const std::string& bucket) {
    const std::string value = text::to_lower(text("S3_ADDRESSING"));
    if (value == "path") {
        return storage::S3Addressing::path;
    }
    if (value == "virtual") {
        return storage::S3Addressing::virtual_host;
    }
    if (!value.empty()) {
        fault("S3_ADDRESSING", fmt::format("'{}' is none of: path, virtual", value));
    }
    // A certificate for *.s3.REGION.amazonaws.com does not cover a bucket with a dot.
    const bool is_path = has_endpoint || bucket.find('.') != std::string::npos;
    return is_path ? storage::S3Addressing::path : storage::S3Addressing::virtual_host;
}

std::string BlobReader::container(std::string_view allowed, std::string_view description) {
    constexpr std::string_view variable = "BLOB_STORAGE_CONTAINER_NAME";
    const std::string name = required(variable, text::to_lower(text("BLOB_STORAGE_TYPE")));
    if (!name.empty() && !is_container_name(name, allowed)) {
        fault(variable, fmt::format("'{}' is not 3 to 63 {}, a letter or digit at both ends", name, description));
    }
    return name;
}

http_client::Client::Options BlobReader::client() {
    constexpr std::string_view variable = "BLOB_CA_FILE";
    const std::filesystem::path ca_file = text(variable);
    std::error_code ignored;
    if (!ca_file.empty() && !std::filesystem::is_regular_file(ca_file, ignored)) {
        fault(variable, fmt::format("there is no file '{}'", ca_file.string()));
    }
    return {.transfer = {.ca_file = ca_file}};
}

std::chrono::minutes BlobReader::orphan_grace() {
    constexpr std::string_view variable = "BLOB_ORPHAN_GRACE_MINUTES";
    constexpr std::int64_t a_day = 1'440;
    constexpr std::int64_t a_year = 525'600;
    const std::string value = text(variable);
    const auto minutes = value.empty() ? std::optional(a_day) : text::parse_integer(value);
    if (!minutes || *minutes < 0 || *minutes > a_year) {
        fault(variable, fmt::format("'{}' is not a whole number from 0 to {}", value, a_year));
    }
    return std::chrono::minutes(minutes.value_or(a_day));
}

}  // namespace

std::string_view name_of(const BlobStorage& storage) {
    constexpr std::array<std::string_view, 3> names{"local", "azure", "s3"};
    return names.at(storage.index());
}

BlobSettings read_blob_settings(const Variables& variables, std::vector<std::string>& faults) {
    BlobReader reader(variables, faults);
    return {.storage = reader.storage(),
            .second_container = reader.second_container(),
            .orphan_grace = reader.orphan_grace()};
}

}  // namespace nassaq::settings
