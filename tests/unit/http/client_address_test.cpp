#include "http/client_address.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace nassaq::http {
namespace {

Headers forwarded(std::initializer_list<std::string_view> fields) {
    Headers headers;
    for (const auto field : fields) headers.add("X-Forwarded-For", field);
    return headers;
}

TEST(IpAddress, HasOneFormForOneAddress) {
    EXPECT_EQ(IpAddress::parse("::ffff:10.0.0.1")->to_string(), "10.0.0.1");
    EXPECT_EQ(IpAddress::parse("2001:DB8:0::1")->to_string(), "2001:db8::1");
    EXPECT_EQ(IpAddress::parse("[::1]")->to_string(), "::1");
    for (const auto* text : {"", "1.2.3", "1.2.3.4.5", "256.1.1.1", "::g", "unknown", "1.2.3.4:80", " 1.2.3.4"}) {
        EXPECT_FALSE(IpAddress::parse(text)) << text;
    }
}

TEST(TrustedProxies, ContainsBlocks) {
    const TrustedProxies proxies({"10.0.0.0/8", "192.168.1.7", "2001:db8::/33", "0.0.0.0/32"});
    const auto contains = [&](std::string_view text) { return proxies.contains(*IpAddress::parse(text)); };
    EXPECT_TRUE(contains("10.255.0.1"));
    EXPECT_TRUE(contains("::ffff:10.1.1.1"));
    EXPECT_FALSE(contains("11.0.0.1"));
    EXPECT_TRUE(contains("192.168.1.7"));
    EXPECT_FALSE(contains("192.168.1.8"));
    EXPECT_TRUE(contains("2001:db8:7fff::1"));
    EXPECT_FALSE(contains("2001:db8:8000::1"));
}

TEST(TrustedProxies, RefusesWhatIsNoBlock) {
    for (const auto* entry :
         {"", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "proxy.example", "::/129", "10.0.0.0/8/8"}) {
        EXPECT_THROW(TrustedProxies({entry}), std::invalid_argument) << entry;
    }
}

TEST(ClientAddress, IsThePeersWhenNobodyIsTrusted) {
    const TrustedProxies nobody({});
    EXPECT_EQ(nobody.client_of("10.0.0.1", forwarded({"1.2.3.4"})), "10.0.0.1");
}

TEST(ClientAddress, MayComeWithItsPort) {
    const TrustedProxies proxies({"10.0.0.0/8", "fd00::/8"});
    EXPECT_EQ(proxies.client_of("10.0.0.1", forwarded({"1.2.3.4:4711"})), "1.2.3.4");
    EXPECT_EQ(proxies.client_of("10.0.0.1", forwarded({"[2001:db8::1]:4711"})), "2001:db8::1");
    EXPECT_EQ(proxies.client_of("10.0.0.1", forwarded({"2001:db8::1:4711"})), "2001:db8::1:4711");
    EXPECT_EQ(proxies.client_of("10.0.0.1", forwarded({"6.6.6.6, 1.2.3.4:5, [fd00::7]:6, 10.0.0.2:7"})), "1.2.3.4");
    for (const auto* nonsense :
         {"1.2.3.4:", "1.2.3.4:x", "[2001:db8::1]x:5", "2001:db8::zz:1", ":80", "1.2.3.4:80:81"}) {
        EXPECT_EQ(proxies.client_of("10.0.0.1", forwarded({nonsense})), "10.0.0.1") << nonsense;
    }
}

TEST(ClientAddress, IsReadFromTheNearestProxyOutwards) {
    const TrustedProxies proxies({"10.0.0.0/8"});
    EXPECT_EQ(proxies.client_of("10.0.0.1", forwarded({})), "10.0.0.1");
    EXPECT_EQ(proxies.client_of("10.0.0.1", forwarded({"1.2.3.4"})), "1.2.3.4");
    EXPECT_EQ(proxies.client_of("10.0.0.1", forwarded({"6.6.6.6, 1.2.3.4, 10.0.0.2"})), "1.2.3.4");
    EXPECT_EQ(proxies.client_of("10.0.0.1", forwarded({"6.6.6.6", "1.2.3.4", "10.0.0.2"})), "1.2.3.4");
    EXPECT_EQ(proxies.client_of("10.0.0.1", forwarded({"1.2.3.4, unknown, 10.0.0.2"})), "10.0.0.2");
    EXPECT_EQ(proxies.client_of("10.0.0.1", forwarded({"10.0.0.3,10.0.0.2"})), "10.0.0.3");
    EXPECT_EQ(proxies.client_of("10.0.0.1", forwarded({"::ffff:1.2.3.4"})), "1.2.3.4");
    EXPECT_EQ(proxies.client_of("9.9.9.9", forwarded({"1.2.3.4"})), "9.9.9.9");
}

TEST(ClientScheme, IsTheConnectionsOwnUnlessATrustedProxySaysOtherwise) {
    const TrustedProxies proxies({"10.0.0.1"});
    Headers headers;
    EXPECT_EQ(proxies.scheme_of("10.0.0.1", false, headers), "http");
    EXPECT_EQ(proxies.scheme_of("10.0.0.1", true, headers), "https");
    headers.add("x-forwarded-proto", "HTTPS");
    EXPECT_EQ(proxies.scheme_of("10.0.0.1", false, headers), "https");
    EXPECT_EQ(proxies.scheme_of("10.0.0.2", false, headers), "http");
    headers.set("x-forwarded-proto", "http");
    EXPECT_EQ(proxies.scheme_of("10.0.0.1", true, headers), "http");
    EXPECT_EQ(proxies.scheme_of("10.0.0.2", true, headers), "https");
    headers.set("x-forwarded-proto", "gopher");
    EXPECT_EQ(proxies.scheme_of("10.0.0.1", true, headers), "https");
}

TEST(ClientNetwork, IsAnIpv4AddressOrTheNetworkOfAnIpv6One) {
    EXPECT_EQ(client_network("192.0.2.7"), "192.0.2.7");
    EXPECT_EQ(client_network("::ffff:192.0.2.7"), "192.0.2.7");
    EXPECT_EQ(client_network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
    EXPECT_EQ(client_network("2001:db8:1:2:ffff::"), client_network("2001:db8:1:2::1"));
    EXPECT_NE(client_network("2001:db8:1:3::1"), client_network("2001:db8:1:2::1"));
    EXPECT_EQ(client_network("unknown"), "unknown");
}

TEST(IpAddressPrefix, KeepsTheFirstBits) {
    const auto address = IpAddress::parse("ffff:ffff::ffff").value();
    EXPECT_EQ(address.prefix(128).to_string(), "ffff:ffff::ffff");
    EXPECT_EQ(address.prefix(20).to_string(), "ffff:f000::");
    EXPECT_EQ(address.prefix(0).to_string(), "::");
}

}  // namespace
}  // namespace nassaq::http
