#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.hpp"

namespace nassaq::http {

/// An IP address; an IPv4 address is held in its mapped form, ::ffff:a.b.c.d (RFC 4291, 2.5.5.2), so that both families
/// compare alike.
class IpAddress {
public:
    /// Reads what inet_pton(3) reads, and an IPv6 address in brackets.
    static std::optional<IpAddress> parse(std::string_view text);
    [[nodiscard]] std::string to_string() const;
    /// Whether the first `bits` (of the 128) are the same.
    [[nodiscard]] bool shares_prefix(const IpAddress& other, std::size_t bits) const;
    [[nodiscard]] bool is_v4() const;
    /// With all but the first `bits` (of the 128) zero.
    [[nodiscard]] IpAddress prefix(std::size_t bits) const;

private:
    std::array<unsigned char, 16> bytes_{};
};

/// What stands for one client where clients are counted: an IPv4 address, and of an IPv6 address the first 64 bits,
/// since the least that a site is given is that many addresses (RFC 6177). What is no address stands for itself.
std::string client_network(std::string_view address);
std::string client_network(const IpAddress& address);

/// The proxies whose word on the client's address counts.
class TrustedProxies {
public:
    /// @param entries  addresses or CIDR blocks. @throws std::invalid_argument naming an entry that is neither.
    explicit TrustedProxies(const std::vector<std::string>& entries);

    [[nodiscard]] bool contains(const IpAddress& address) const;
    /// The address of the client itself: of the peers in X-Forwarded-For and the connection's own, read from the
    /// nearest outwards, the first that is not a trusted proxy. What a client wrote there itself is never reached.
    [[nodiscard]] std::string client_of(std::string_view peer, const Headers& headers) const;
    /// What the client used, "http" or "https": what a trusted proxy says by X-Forwarded-Proto, else the connection's
    /// own.
    [[nodiscard]] std::string_view scheme_of(std::string_view peer, bool peer_uses_tls, const Headers& headers) const;

private:
    struct Block {
        IpAddress address;
        std::size_t bits;
    };
    [[nodiscard]] bool trusts(std::string_view peer) const;

    std::vector<Block> blocks_;
};

}  // namespace nassaq::http
