#include "broker/amqp_url.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nassaq::broker {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(AmqpUrl, OfThePlatform) {
    const auto address = parse_amqp_url("amqp://guest:guest@localhost:5672/");
    ASSERT_TRUE(address) << address.error();
    EXPECT_EQ(address->host, "localhost");
    EXPECT_EQ(address->port, 5672);
    EXPECT_EQ(address->user, "guest");
    EXPECT_EQ(address->password, "guest");
    EXPECT_EQ(address->virtual_host, "/");
    EXPECT_FALSE(address->uses_tls);
    EXPECT_EQ(address->heartbeat, std::chrono::seconds{10});
}

TEST(AmqpUrl, VirtualHosts) {
    for (const auto& [path, virtual_host] :
         {std::pair{"", "/"}, {"/", "/"}, {"/%2F", "/"}, {"/%2f", "/"}, {"/docs", "docs"}, {"/a%20b", "a b"}}) {
        const auto address = parse_amqp_url("amqp://host" + std::string(path));
        ASSERT_TRUE(address) << path << address.error();
        EXPECT_EQ(address->virtual_host, virtual_host) << path;
    }
}

TEST(AmqpUrl, EverythingThatCanBeSaid) {
    const auto address = parse_amqp_url(
        "amqps://us%40er:p%2Fw%3A%23@[::1]:15671/vh?heartbeat=30&connection_timeout=2500&cacertfile=%2Fca.pem&"
        "certfile=/c.pem&keyfile=/k.pem&verify=verify_none&name=theirs");
    ASSERT_TRUE(address) << address.error();
    EXPECT_TRUE(address->uses_tls);
    EXPECT_EQ(address->host, "::1");
    EXPECT_EQ(address->port, 15671);
    EXPECT_EQ(address->user, "us@er");
    EXPECT_EQ(address->password, "p/w:#");
    EXPECT_EQ(address->virtual_host, "vh");
    EXPECT_EQ(address->heartbeat, std::chrono::seconds{30});
    EXPECT_EQ(address->connect_timeout, std::chrono::milliseconds{2500});
    EXPECT_EQ(address->ca_file, "/ca.pem");
    EXPECT_EQ(address->certificate_file, "/c.pem");
    EXPECT_EQ(address->key_file, "/k.pem");
    EXPECT_FALSE(address->verifies_peer);
}

TEST(AmqpUrl, Defaults) {
    const auto address = parse_amqp_url("amqps://rabbit.example.com?heartbeat=0");
    ASSERT_TRUE(address) << address.error();
    EXPECT_EQ(address->port, 5671);
    EXPECT_EQ(address->user, "guest");
    EXPECT_TRUE(address->verifies_peer);
    EXPECT_EQ(address->heartbeat, std::chrono::seconds{10});
}

TEST(AmqpUrl, SaysWhatIsWrongWithoutTheSecret) {
    for (const auto& [url, complaint] : {std::pair{"http://u:hunter2@host/", "neither"},
                                         {"amqp://u:hunter2@/", "no host"},
                                         {"amqp://u:hunter2@host:0/", "port"},
                                         {"amqp://u:hunter2@host:99999/", "port"},
                                         {"amqp://u:hunter2@host/a/b", "%2F"},
                                         {"amqp://u:hunter2@host/?heartbeat=soon", "heartbeat"},
                                         {"amqp://u:hunter2@host/?heartbeat=-1", "heartbeat"},
                                         {"amqp://u:hunter2@host/?connection_timeout=0", "connection_timeout"},
                                         {"amqps://u:hunter2@host/?verify=perhaps", "verify_peer"},
                                         {"amqps://u:hunter2@host/?certfile=/c.pem", "keyfile"},
                                         {"amqp://u:hunter2@#@host/", "no host"},
                                         {"amqp://u:hunter2%zz@host/", "no URL"},
                                         {"", "no URL"},
                                         {"host:5672", "neither"}}) {
        const auto address = parse_amqp_url(url);
        ASSERT_FALSE(address) << url;
        EXPECT_THAT(address.error(), HasSubstr(complaint)) << url;
        EXPECT_THAT(address.error(), Not(HasSubstr("hunter2")));
    }
}

}  // namespace
}  // namespace nassaq::broker
