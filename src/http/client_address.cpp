#include "http/client_address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <ranges>
#include <span>
#include <stdexcept>

#include "http/ascii.hpp"

namespace nassaq::http {
namespace {

constexpr std::size_t v4_offset = 12;  ///< Of the four bytes in the mapped form.
constexpr std::array<unsigned char, v4_offset> mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

std::string_view without_brackets(std::string_view text) {
    if (text.starts_with('[') && text.ends_with(']')) return text.substr(1, text.size() - 2);
    return text;
}

/// Reads an element of X-Forwarded-For: an address, by some proxies with the port that it came from, as in
/// "192.0.2.1:4711" and "[2001:db8::1]:4711" (Azure's gateways, IIS).
std::optional<IpAddress> parse_forwarded(std::string_view element) {
    if (const auto address = IpAddress::parse(element)) return address;
    const std::size_t colon = element.rfind(':');
    if (colon == std::string_view::npos || !ascii::parse_digits(element.substr(colon + 1))) return std::nullopt;
    const std::string_view host = element.substr(0, colon);
    // Without brackets a colon within would be the address's own.
    if (!host.ends_with(']') && host.find(':') != std::string_view::npos) return std::nullopt;
    return IpAddress::parse(host);
}

/// The elements of all X-Forwarded-For fields, the nearest peer last.
std::vector<std::string_view> forwarded_chain(const Headers& headers) {
    std::vector<std::string_view> chain;
    for (const auto& [name, value] : headers) {
        if (!ascii::equals_ignoring_case(name, "x-forwarded-for")) continue;
        for (std::string_view list = value; !list.empty();) {
            chain.push_back(ascii::take_list_element(list));
        }
    }
    return chain;
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
    const std::string terminated(without_brackets(text));
    IpAddress address;
    if (::inet_pton(AF_INET6, terminated.c_str(), address.bytes_.data()) == 1) return address;
    std::ranges::copy(mapped_prefix, address.bytes_.begin());
    if (::inet_pton(AF_INET, terminated.c_str(), &address.bytes_[v4_offset]) == 1) return address;
    return std::nullopt;
}

bool IpAddress::is_v4() const {
    return std::ranges::equal(mapped_prefix, std::span(bytes_).first(v4_offset));
}

std::string IpAddress::to_string() const {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const bool v4 = is_v4();
    ::inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? &bytes_[v4_offset] : bytes_.data(), text.data(), text.size());
    return text.data();
}

bool IpAddress::shares_prefix(const IpAddress& other, std::size_t bits) const {
    const std::size_t whole = bits / 8;
    if (!std::equal(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(whole), other.bytes_.begin())) {
        return false;
    }
    if (bits % 8 == 0) return true;
    const unsigned difference = bytes_[whole] ^ other.bytes_[whole];
    return (difference >> (8 - bits % 8)) == 0;
}

IpAddress IpAddress::prefix(std::size_t bits) const {
    IpAddress result = *this;
    for (std::size_t i = 0; i < bytes_.size(); ++i) {
        const std::size_t kept = std::min<std::size_t>(bits - std::min(bits, 8 * i), 8);
        result.bytes_[i] &= static_cast<unsigned char>(0xFFU << (8 - kept));
    }
    return result;
}

std::string client_network(std::string_view address) {
    const auto parsed = IpAddress::parse(address);
    return parsed ? client_network(*parsed) : std::string(address);
}

std::string client_network(const IpAddress& address) {
    return (address.is_v4() ? address : address.prefix(64)).to_string();
}

TrustedProxies::TrustedProxies(const std::vector<std::string>& entries) {
    for (const std::string_view entry : entries) {
        const std::size_t slash = entry.find('/');
        const auto address = IpAddress::parse(entry.substr(0, slash));
        const std::size_t own_bits = address && address->is_v4() ? 32 : 128;
        const auto bits = slash == std::string_view::npos ? own_bits : ascii::parse_digits(entry.substr(slash + 1));
        if (!address || !bits || *bits > own_bits) {
            throw std::invalid_argument("not an IP address or CIDR block: '" + std::string(entry) + "'");
        }
        blocks_.push_back({*address, *bits + (128 - own_bits)});
    }
}

bool TrustedProxies::contains(const IpAddress& address) const {
    return std::ranges::any_of(blocks_,
                               [&](const Block& block) { return address.shares_prefix(block.address, block.bits); });
}

bool TrustedProxies::trusts(std::string_view peer) const {
    if (blocks_.empty()) return false;
    const auto address = IpAddress::parse(peer);
    return address && contains(*address);
}

std::string TrustedProxies::client_of(std::string_view peer, const Headers& headers) const {
    if (!trusts(peer)) return std::string(peer);
    std::string nearest(peer);
    for (const std::string_view element : forwarded_chain(headers) | std::views::reverse) {
        const auto address = parse_forwarded(element);
        if (!address) break;  // "unknown" or nonsense: the last that is known has to do.
        nearest = address->to_string();
        if (!contains(*address)) break;
    }
    return nearest;
}

std::string_view TrustedProxies::scheme_of(std::string_view peer, bool peer_uses_tls, const Headers& headers) const {
    const auto said = headers.find("x-forwarded-proto");
    for (const std::string_view scheme : {"http", "https"}) {
        if (said && ascii::equals_ignoring_case(*said, scheme) && trusts(peer)) return scheme;
    }
    return peer_uses_tls ? "https" : "http";
}

}  // namespace nassaq::http
