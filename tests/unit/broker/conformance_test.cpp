/// What every broker promises, held against each: the embedded one, RabbitMQ (tests/support/rabbitmq.py sets
/// NASSAQ_TEST_RABBITMQ), and that of Service Bus on two AMQP 1.0 brokers, rhea (tests/support/service_bus.py sets
/// NASSAQ_TEST_SERVICE_BUS) and RabbitMQ's plugin.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "../support/database.hpp"
#include "../support/temporary_folder.hpp"
#include "base/id.hpp"
#include "broker/embedded.hpp"
#include "broker/rabbitmq.hpp"
#include "broker/service_bus.hpp"
#include "receive.hpp"

namespace nassaq::broker {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

/// One kind of broker. What a Peer makes are clients of one and the same queue.
class Peer {
public:
    Peer() = default;
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;
    virtual ~Peer() = default;
    virtual std::unique_ptr<Broker> connect(std::uint16_t slots) = 0;
    /// Where it has to be there before. @return its address for the clients.
    virtual std::string make_queue(const std::string& name) { return name; }
};

/// Of the peer that a test runs beside.
std::string environment(const char* variable) {
    const char* value = std::getenv(variable);
    return value == nullptr ? "" : value;
}

class EmbeddedPeer final : public Peer {
public:
    std::unique_ptr<Broker> connect(std::uint16_t) override { return make_embedded_broker(database_.get()); }

private:
    test::TemporaryFolder folder_;
    test::TestDatabase database_{folder_.path()};
};

class RabbitMqPeer final : public Peer {
public:
    std::unique_ptr<Broker> connect(std::uint16_t slots) override {
        return make_rabbitmq_broker(parse_amqp_url(environment("NASSAQ_TEST_RABBITMQ")).value(), slots);
    }
};

class ServiceBusPeer final : public Peer {
public:
    std::unique_ptr<Broker> connect(std::uint16_t) override {
        return make_service_bus_broker(parse_service_bus(environment("NASSAQ_TEST_SERVICE_BUS")).value());
    }
};

/// RabbitMQ's plugin for AMQP 1.0, on the same port.
class RabbitMqAmqp10Peer final : public Peer {
public:
    std::unique_ptr<Broker> connect(std::uint16_t) override {
        return make_service_bus_broker({.host = "localhost",
                                        .port = rabbitmq_.port,
                                        .key_name = rabbitmq_.user,
                                        .key = rabbitmq_.password,
                                        .entity_path = "",
                                        .uses_tls = false,
                                        .ca_file = ""});
    }
    std::string make_queue(const std::string& name) override {
        const std::vector<Message> message{{"1", "makes the queue"}};
        const auto broker = make_rabbitmq_broker(rabbitmq_, 1);
        EXPECT_THAT(broker->publish(name, message), IsEmpty());
        EXPECT_EQ(broker->purge(name), 1U);
        return "/amq/queue/" + name;
    }

private:
    AmqpAddress rabbitmq_ = parse_amqp_url(environment("NASSAQ_TEST_RABBITMQ")).value();
};

std::unique_ptr<Peer> make_peer(const std::string& kind) {
    if (kind == "embedded") {
        return std::make_unique<EmbeddedPeer>();
    }
    if (kind == "service_bus") {
        return environment("NASSAQ_TEST_SERVICE_BUS").empty() ? nullptr : std::make_unique<ServiceBusPeer>();
    }
    if (environment("NASSAQ_TEST_RABBITMQ").empty()) {
        return nullptr;
    }
    return kind == "rabbitmq" ? std::unique_ptr<Peer>(std::make_unique<RabbitMqPeer>())
                              : std::make_unique<RabbitMqAmqp10Peer>();
}

class Conformance : public testing::TestWithParam<std::string> {
protected:
    void SetUp() override {
        peer_ = make_peer(GetParam());
        if (!peer_) {
            GTEST_SKIP() << "no such broker here: tests/support/rabbitmq.py and service_bus.py start them";
        }
        queue_ = peer_->make_queue("test-" + random_uuid());
        broker_ = peer_->connect(2);
    }

    void publish(std::vector<Message> messages) { EXPECT_THAT(broker_->publish(queue_, messages), IsEmpty()); }

    std::optional<Delivery> receive(Broker& broker, std::chrono::milliseconds patience = 3s) {
        return test::receive(broker, queue_, patience);
    }
    std::optional<Delivery> receive() { return receive(*broker_); }

    /// The ids that come until nothing comes, each acknowledged.
    std::vector<std::string> drain(Broker& broker) {
        std::vector<std::string> ids;
        while (const auto delivery = receive(broker, 1500ms)) {
            ids.push_back(delivery->message.id);
            broker.acknowledge(*delivery);
        }
        return ids;
    }

    /// Nothing waits, and nothing is on loan that could come again.
    bool is_empty() { return !receive(*peer_->connect(2), 500ms); }

    std::unique_ptr<Peer> peer_;
    std::unique_ptr<Broker> broker_;
    std::string queue_;
};

TEST_P(Conformance, DeliversWhatWasPublishedInItsOrder) {
    publish({{"1", "one"}, {"2", R"({"filename":"عقد.pdf"})"}});
    publish({{"3", ""}});
    for (const auto& [id, body] : {std::pair{"1", "one"}, {"2", R"({"filename":"عقد.pdf"})"}, {"3", ""}}) {
        const auto delivery = receive();
        ASSERT_TRUE(delivery);
        EXPECT_EQ(delivery->message.id, id);
        EXPECT_EQ(delivery->message.body, body);
        broker_->acknowledge(*delivery);
    }
}

TEST_P(Conformance, PurgeDropsWhatWaits) {
    EXPECT_EQ(broker_->purge(queue_), 0U);
    publish({{"1", "one"}, {"2", "two"}});
    EXPECT_EQ(broker_->purge(queue_), 2U);
    EXPECT_TRUE(is_empty());
}

TEST_P(Conformance, PublishingNothingIsNothing) {
    publish({});
    EXPECT_TRUE(is_empty());
}

TEST_P(Conformance, AnAcknowledgedMessageIsGoneForEver) {
    publish({{"1", "one"}});
    const auto delivery = receive();
    ASSERT_TRUE(delivery);
    broker_->acknowledge(*delivery);
    broker_.reset();
    broker_ = peer_->connect(2);
    EXPECT_FALSE(receive(*broker_, 500ms));
}

TEST_P(Conformance, AReleasedMessageComesAgain) {
    publish({{"1", "one"}});
    const auto delivery = receive();
    ASSERT_TRUE(delivery);
    broker_->release(*delivery);
    const auto again = receive();
    ASSERT_TRUE(again);
    EXPECT_EQ(again->message.id, "1");
    EXPECT_EQ(again->message.body, "one");
    broker_->acknowledge(*again);
    EXPECT_TRUE(is_empty());
}

TEST_P(Conformance, WhatOneHasAnotherDoesNotGet) {
    publish({{"1", "one"}});
    const auto other = peer_->connect(2);
    const auto delivery = receive();
    ASSERT_TRUE(delivery);
    EXPECT_FALSE(receive(*other, 500ms));
    broker_->acknowledge(*delivery);
}

TEST_P(Conformance, AConsumerTakesNoMoreThanItHasSlotsFor) {
    publish({{"1", "one"}, {"2", "two"}, {"3", "three"}, {"4", "four"}});
    const auto first = receive();
    const auto second = receive();
    ASSERT_TRUE(first && second);
    const auto other = peer_->connect(2);
    EXPECT_THAT(drain(*other), ElementsAre("3", "4"));
    broker_->acknowledge(*first);
    broker_->acknowledge(*second);
}

TEST_P(Conformance, WakesAWaitingConsumerAtOnce) {
    auto fastest = Clock::duration::max();
    for (int tries = 0; tries < 5 && fastest > 300ms; ++tries) {  // The machine may be busy, but not each time.
        auto received = Clock::time_point::max();
        std::jthread consumer([&] {
            if (const auto delivery = receive()) {
                received = Clock::now();
                broker_->acknowledge(*delivery);
            }
        });
        std::this_thread::sleep_for(400ms);
        const auto published = Clock::now();
        publish({{std::to_string(tries), "one"}});
        consumer.join();
        fastest = std::min(fastest, received - published);
    }
    EXPECT_LT(fastest, 300ms);
}

TEST_P(Conformance, StopEndsTheWait) {
    std::stop_source stop;
    std::jthread stopper([&] {
        std::this_thread::sleep_for(100ms);
        stop.request_stop();
    });
    const auto begin = Clock::now();
    EXPECT_FALSE(broker_->receive(queue_, stop.get_token()));
    EXPECT_LT(Clock::now() - begin, 10s);
}

TEST_P(Conformance, AStoppedConsumerGetsNothingMore) {
    publish({{"1", "one"}});
    std::stop_source stop;
    stop.request_stop();
    EXPECT_FALSE(broker_->receive(queue_, stop.get_token()));
    EXPECT_TRUE(receive());
}

TEST_P(Conformance, QueuesAreApart) {
    publish({{"1", "one"}});
    const std::vector<Message> dead{{"2", "dead"}};
    const std::string other = peer_->make_queue("test-" + random_uuid());
    EXPECT_THAT(broker_->publish(other, dead), IsEmpty());
    EXPECT_THAT(drain(*broker_), ElementsAre("1"));
    EXPECT_EQ(broker_->purge(other), 1U);
}

TEST_P(Conformance, ManyConsumersGetEachMessageOnce) {
    constexpr int count = 1'500;
    std::vector<Message> all;
    for (int i = 0; i < count; ++i) {
        all.push_back({std::to_string(i), "body " + std::to_string(i)});
    }
    const auto other = peer_->connect(2);
    std::stop_source stop;
    std::mutex mutex;
    std::multiset<std::string> received;
    std::vector<std::jthread> consumers;
    for (int i = 0; i < 4; ++i) {
        consumers.emplace_back([&, i] {
            Broker& mine = i % 2 == 0 ? *broker_ : *other;
            while (const auto delivery = mine.receive(queue_, stop.get_token())) {
                mine.acknowledge(*delivery);
                const std::scoped_lock lock(mutex);
                received.insert(delivery->message.id);
                if (received.size() == count) {
                    stop.request_stop();
                }
            }
        });
    }
    publish(all);
    consumers.clear();
    EXPECT_EQ((std::set<std::string>(received.begin(), received.end()).size()), static_cast<std::size_t>(count));
    EXPECT_EQ(received.size(), static_cast<std::size_t>(count));
    EXPECT_TRUE(is_empty());
}

TEST_P(Conformance, SeveralThreadsMayPublishAtOnce) {
    {
        std::vector<std::jthread> publishers;
        for (int thread = 0; thread < 4; ++thread) {
            publishers.emplace_back([&, thread] {
                for (int batch = 0; batch < 10; ++batch) {
                    std::vector<Message> messages;
                    for (int i = 0; i < 20; ++i) {
                        messages.push_back({std::to_string((thread * 10 + batch) * 20 + i), "body"});
                    }
                    publish(messages);
                }
            });
        }
    }
    EXPECT_THAT(drain(*broker_), SizeIs(800));
}

TEST_P(Conformance, ALargeMessageArrivesWhole) {
    const std::string body(3'000'000, 'x');
    publish({{"1", body}});
    const auto delivery = receive();
    ASSERT_TRUE(delivery);
    EXPECT_EQ(delivery->message.body, body);
    broker_->acknowledge(*delivery);
}

TEST_P(Conformance, CheckIsContent) {
    EXPECT_NO_THROW(broker_->check());
}

TEST_P(Conformance, RefusesAHandleOfAnotherBroker) {
    EXPECT_THROW(broker_->acknowledge({{"1", "one"}, "tag"}), std::invalid_argument);
    EXPECT_THROW(broker_->release({{"1", "one"}, "1"}), std::invalid_argument);
}

INSTANTIATE_TEST_SUITE_P(Brokers, Conformance,
                         testing::Values("embedded", "rabbitmq", "service_bus", "rabbitmq_amqp_1_0"),
                         [](const auto& parameter) { return parameter.param; });

/// Of the brokers that tell how many messages wait.
class DepthConformance : public Conformance {};

TEST_P(DepthConformance, CountsWhatWaits) {
    EXPECT_EQ(broker_->depth(queue_), 0U);
    publish({{"1", "one"}, {"2", "two"}, {"3", "three"}});
    EXPECT_EQ(broker_->depth(queue_), 3U);
    EXPECT_EQ(broker_->depth(queue_ + ".dead"), 0U);
    EXPECT_EQ(broker_->purge(queue_), 3U);
    EXPECT_EQ(broker_->depth(queue_), 0U);
}

INSTANTIATE_TEST_SUITE_P(Brokers, DepthConformance, testing::Values("embedded", "rabbitmq"),
                         [](const auto& parameter) { return parameter.param; });

}  // namespace
}  // namespace nassaq::broker
