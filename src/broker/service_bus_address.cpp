#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <map>
#include <stdexcept>

#include "base/text.hpp"
#include "broker/service_bus.hpp"

namespace nassaq::broker {
namespace {

using Fields = std::map<std::string, std::string>;

/// Names in lower case. A key may hold '=', which Base64 ends with.
Fields read_fields(std::string_view text) {
    Fields fields;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(';'), text.size());
        const std::string_view pair = text.substr(0, end);
        text.remove_prefix(std::min(text.size(), end + 1));
        const std::size_t equals = pair.find('=');
        if (equals != std::string_view::npos) {
            fields.insert_or_assign(text::to_lower(text::trim(pair.substr(0, equals))),
                                    std::string(text::trim(pair.substr(equals + 1))));
        }
    }
    return fields;
}

std::string to_base64(std::string_view bytes) {
    std::string encoded(4 * ((bytes.size() + 2) / 3) + 1, '\0');
    const int length =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),  // NOLINT: OpenSSL's bytes
                        reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    encoded.resize(static_cast<std::size_t>(length));
    return encoded;
}

std::string hmac_sha256(std::string_view key, std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
             reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &length) == nullptr) {
        throw std::runtime_error("OpenSSL cannot compute an HMAC");
    }
    return {reinterpret_cast<const char*>(digest.data()), length};
}

bool is_host(std::string_view host) {
    return !host.empty() && host.find_first_of("/@?#: \t") == std::string_view::npos;
}

}  // namespace

std::expected<ServiceBusAddress, std::string> parse_service_bus(std::string_view text) {
    Fields fields = read_fields(text);
    std::string_view endpoint = fields["endpoint"];
    if (!text::to_lower(endpoint).starts_with("sb://")) {
        return std::unexpected("its Endpoint does not begin with sb://");
    }
    endpoint.remove_prefix(5);
    if (endpoint.ends_with('/')) {
        endpoint.remove_suffix(1);
    }
    ServiceBusAddress address;
    const bool is_emulator = text::to_lower(fields["usedevelopmentemulator"]) == "true";
    address.uses_tls = !is_emulator;
    address.port = is_emulator ? 5672 : 5671;
    if (const std::size_t colon = endpoint.rfind(':'); colon != std::string_view::npos) {
        const auto port = text::parse_integer(endpoint.substr(colon + 1));
        if (!port || *port < 1 || *port > 65'535) {
            return std::unexpected("the port of its Endpoint is not a number from 1 to 65535");
        }
        address.port = static_cast<std::uint16_t>(*port);
        endpoint = endpoint.substr(0, colon);
    }
    if (!is_host(endpoint)) {
        return std::unexpected("its Endpoint names no host, as in sb://NAME.servicebus.windows.net/");
    }
    address.host = endpoint;
    address.key_name = fields["sharedaccesskeyname"];
    address.key = fields["sharedaccesskey"];
    address.entity_path = fields["entitypath"];
    if (address.key_name.empty() || address.key.empty()) {
        return std::unexpected("it needs SharedAccessKeyName and SharedAccessKey");
    }
    return address;
}

std::string shared_access_signature(const ServiceBusAddress& address, std::string_view audience, std::int64_t expiry) {
    const std::string resource = text::percent_encode(audience);
    const std::string signature = hmac_sha256(address.key, fmt::format("{}\n{}", resource, expiry));
    return fmt::format("SharedAccessSignature sr={}&sig={}&se={}&skn={}", resource,
                       text::percent_encode(to_base64(signature)), expiry, text::percent_encode(address.key_name));
}

}  // namespace nassaq::broker
