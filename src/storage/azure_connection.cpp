#include "storage/azure_connection.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <utility>

#include "base/digest.hpp"
#include "base/text.hpp"

namespace nassaq::storage {
namespace {

/// Not secret: every Azurite and every storage emulator has them ("Use the Azurite emulator", well-known account).
constexpr std::string_view development_account = "devstoreaccount1";
constexpr std::string_view development_key =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
constexpr std::string_view development_host = "http://127.0.0.1";
constexpr std::string_view development_port = "10000";

using Pairs = std::map<std::string, std::string, std::less<>>;

std::expected<Pairs, std::string> split(std::string_view text) {
    Pairs pairs;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(';'), text.size());
        const std::string_view pair = text::trim(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (pair.empty()) {
            continue;
        }
        const std::size_t equals = pair.find('=');
        if (equals == std::string_view::npos || equals == 0) {
            return std::unexpected("has a part that is not NAME=VALUE");
        }
        pairs[text::to_lower(text::trim(pair.substr(0, equals)))] = text::trim(pair.substr(equals + 1));
    }
    return pairs;
}

std::string value(const Pairs& pairs, std::string_view name) {
    const auto found = pairs.find(name);
    return found == pairs.end() ? "" : found->second;
}

AzureConnection development(const Pairs& pairs) {
    std::string host = value(pairs, "developmentstorageproxyuri");
    if (host.empty()) {
        host = development_host;
    }
    while (host.ends_with('/')) {
        host.pop_back();
    }
    const bool has_port = host.find(':', host.find("//") + 2) != std::string::npos;
    return {.endpoint =
                host + (has_port ? "" : ":" + std::string(development_port)) + "/" + std::string(development_account),
            .account = std::string(development_account),
            .key = *digest::from_base64(development_key),  // NOLINT(bugprone-unchecked-optional-access): a constant.
            .is_development = true};
}

/// Nothing when the parts do not suffice for one.
std::optional<std::string> endpoint_of(const Pairs& pairs) {
    if (std::string given = value(pairs, "blobendpoint"); !given.empty()) {
        return given;
    }
    const std::string account = value(pairs, "accountname");
    if (account.empty()) {
        return std::nullopt;
    }
    const std::string protocol = value(pairs, "defaultendpointsprotocol");
    const std::string suffix = value(pairs, "endpointsuffix");
    return (protocol.empty() ? "https" : text::to_lower(protocol)) + "://" + account + ".blob." +
           (suffix.empty() ? "core.windows.net" : suffix);
}

bool is_web_address(std::string_view endpoint) {
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (endpoint.starts_with(scheme)) {
            endpoint.remove_prefix(scheme.size());
            return !endpoint.empty() && endpoint.front() != '/' &&
                   endpoint.find_first_of(" #@") == std::string_view::npos;
        }
    }
    return false;
}

/// Parts an endpoint that carries its signature, as the portal shows it for a SAS.
void take_sas_out_of_endpoint(AzureConnection& connection) {
    const std::size_t query = connection.endpoint.find('?');
    if (query != std::string::npos) {
        if (connection.sas.empty()) {
            connection.sas = connection.endpoint.substr(query + 1);
        }
        connection.endpoint.resize(query);
    }
    while (connection.endpoint.ends_with('/')) {
        connection.endpoint.pop_back();
    }
}

bool is_shared_access_signature(std::string_view sas) {
    const bool is_query = std::ranges::all_of(sas, [](char c) { return c > ' ' && c < '\x7f' && c != '#'; });
    return is_query && (sas.starts_with("sig=") || sas.find("&sig=") != std::string_view::npos);
}

/// Splits an endpoint with the container behind it; nothing when it is no container's.
std::optional<std::string> take_container_out_of_endpoint(std::string& endpoint) {
    const std::size_t host = endpoint.find("://") + 3;
    const std::size_t path = std::min(endpoint.find('/', host), endpoint.size());
    const auto segments = std::ranges::count(endpoint.begin() + static_cast<std::ptrdiff_t>(path), endpoint.end(), '/');
    // Where the account is in the name of the host, a second segment is that of a blob.
    const bool has_account = endpoint.substr(host, path - host).find(".blob.") != std::string::npos;
    if (segments < 1 || segments > (has_account ? 1 : 2) || endpoint.find("//", host) != std::string::npos) {
        return std::nullopt;
    }
    const std::size_t last = endpoint.rfind('/');
    std::string container = endpoint.substr(last + 1);
    endpoint.resize(last);
    return container;
}

}  // namespace

std::expected<AzureContainer, std::string> AzureContainer::parse(std::string_view url) {
    AzureContainer container{.connection = {.endpoint = std::string(url)}, .name = {}};
    AzureConnection& connection = container.connection;
    take_sas_out_of_endpoint(connection);
    if (!is_web_address(connection.endpoint)) {
        return std::unexpected("is no http or https URL");
    }
    auto name = take_container_out_of_endpoint(connection.endpoint);
    if (!name) {
        return std::unexpected("is not the URL of a container");
    }
    if (!is_shared_access_signature(connection.sas)) {
        return std::unexpected("has no shared access signature behind a '?'");
    }
    container.name = std::move(*name);
    return container;
}

std::expected<AzureConnection, std::string> AzureConnection::parse(std::string_view text) {
    const auto pairs = split(text);
    if (!pairs) {
        return std::unexpected(pairs.error());
    }
    if (text::to_lower(value(*pairs, "usedevelopmentstorage")) == "true") {
        return development(*pairs);
    }
    const auto address = endpoint_of(*pairs);
    if (!address) {
        return std::unexpected("has neither AccountName nor BlobEndpoint nor UseDevelopmentStorage=true");
    }
    AzureConnection connection{
        .endpoint = *address, .account = value(*pairs, "accountname"), .sas = value(*pairs, "sharedaccesssignature")};
    if (connection.sas.starts_with('?')) {
        connection.sas.erase(0, 1);
    }
    take_sas_out_of_endpoint(connection);
    if (!is_web_address(connection.endpoint)) {
        return std::unexpected(
            "gives an endpoint that is no http or https URL; DefaultEndpointsProtocol is http or https");
    }
    const std::string key = value(*pairs, "accountkey");
    if (key.empty() && connection.sas.empty()) {
        return std::unexpected("has neither AccountKey nor SharedAccessSignature");
    }
    if (!connection.sas.empty()) {
        connection.account.clear();
        return connection;
    }
    if (connection.account.empty()) {
        return std::unexpected("has an AccountKey but no AccountName");
    }
    const auto decoded = digest::from_base64(key);
    if (!decoded) {
        return std::unexpected("has an AccountKey that is not base64");
    }
    connection.key = *decoded;
    return connection;
}

}  // namespace nassaq::storage
