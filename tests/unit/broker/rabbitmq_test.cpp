#include "broker/rabbitmq.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/id.hpp"
#include "broker/rabbitmq_connection.hpp"

namespace nassaq::broker {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// Beside a real RabbitMQ.
class RabbitMqTest : public testing::Test {
protected:
    void SetUp() override {
        const char* url = std::getenv("NASSAQ_TEST_RABBITMQ");
        if (url == nullptr) {
            GTEST_SKIP() << "no NASSAQ_TEST_RABBITMQ";
        }
        address_ = parse_amqp_url(url).value();
        broker_ = make_rabbitmq_broker(address_, 1);
    }

    std::vector<Refusal> publish(std::vector<Message> messages) { return broker_->publish(queue_, messages); }

    AmqpAddress address_;
    std::unique_ptr<Broker> broker_;
    std::string queue_ = "test-" + random_uuid();
};

TEST_F(RabbitMqTest, DeclaresTheQueueAsThePlatformDoes) {
    EXPECT_THAT(publish({{"1", "one"}}), IsEmpty());
    // Another consumer that declares it durable without arguments would get a 406 if it were anything else.
    rabbitmq::Connection other(address_, "test");
    EXPECT_EQ(other.declare(queue_), 1U);
    EXPECT_EQ(other.find_queue(queue_), 1U);
    EXPECT_EQ(other.find_queue("no-" + queue_), std::nullopt);
}

TEST_F(RabbitMqTest, InspectionTellsAndMakesNothing) {
    EXPECT_THAT(publish({{"1", "one"}}), IsEmpty());
    const std::vector<std::string> queues{queue_, "no-" + queue_};
    for (int round = 0; round < 2; ++round) {
        const BrokerReport report = inspect_rabbitmq(address_, queues);
        EXPECT_THAT(report.product, HasSubstr("RabbitMQ 3."));
        ASSERT_THAT(report.queues, SizeIs(2));
        EXPECT_EQ(report.queues[0].depth, 1U);
        EXPECT_EQ(report.queues[0].remark, "");
        EXPECT_EQ(report.queues[1].depth, std::nullopt);
        EXPECT_TRUE(report.queues[1].is_usable) << "the server makes it";
    }
}

TEST_F(RabbitMqTest, ARefusalOfOneQueueDoesNotTouchTheOthers) {
    const std::vector<Message> messages{{"1", "one"}, {"2", "two"}};
    const auto refusals = broker_->publish("amq.reserved-" + queue_, messages);
    ASSERT_THAT(refusals, SizeIs(2));
    EXPECT_EQ(refusals[0].message_id, "1");
    EXPECT_THAT(refusals[0].reason, HasSubstr("403"));
    EXPECT_THAT(publish({{"1", "one"}}), IsEmpty());
    EXPECT_EQ(broker_->depth(queue_), 1U);
}

TEST_F(RabbitMqTest, WhatWouldCostTheConnectionIsRefusedBefore) {
    const std::vector<Message> messages{{"1", "one"}};
    EXPECT_THAT(broker_->publish(std::string(300, 'q'), messages), SizeIs(1));
    EXPECT_THAT(broker_->publish("", messages), SizeIs(1));
    const auto refusals =
        publish({{"1", "one"}, {"2", std::string(20'000'000, 'x')}, {std::string(300, '3'), "three"}});
    EXPECT_THAT(refusals, SizeIs(2));
    EXPECT_EQ(broker_->depth(queue_), 1U);
}

TEST_F(RabbitMqTest, AQueueDeletedMeanwhileIsMadeAgain) {
    EXPECT_THAT(publish({{"1", "one"}}), IsEmpty());
    rabbitmq::Connection(address_, "test").delete_queue(queue_);
    EXPECT_THAT(publish({{"2", "two"}, {"3", "three"}}), IsEmpty());
    EXPECT_EQ(broker_->depth(queue_), 2U);
}

TEST_F(RabbitMqTest, AConsumerLivesThroughTheDeletionOfItsQueue) {
    EXPECT_THAT(publish({{"1", "one"}}), IsEmpty());
    const auto first = broker_->receive(queue_, {});
    ASSERT_TRUE(first);
    broker_->acknowledge(*first);
    rabbitmq::Connection(address_, "test").delete_queue(queue_);
    EXPECT_THAT(publish({{"2", "two"}}), IsEmpty());
    const auto second = broker_->receive(queue_, {});
    ASSERT_TRUE(second);
    EXPECT_EQ(second->message.id, "2");
}

TEST_F(RabbitMqTest, WhatTheConsumerHadComesAgainWhenItIsGone) {
    EXPECT_THAT(publish({{"1", "one"}}), IsEmpty());
    auto other = make_rabbitmq_broker(address_, 1);
    ASSERT_TRUE(other->receive(queue_, {}));
    other.reset();
    const auto again = broker_->receive(queue_, {});
    ASSERT_TRUE(again);
    EXPECT_EQ(again->message.id, "1");
}

TEST_F(RabbitMqTest, HeartbeatsKeepAnIdleConnection) {
    AmqpAddress address = address_;
    address.heartbeat = 1s;
    const auto broker = make_rabbitmq_broker(address, 1);
    broker->check();
    const auto before = Clock::now();
    std::this_thread::sleep_for(5s);
    const std::vector<Message> messages{{"1", "one"}};
    EXPECT_THAT(broker->publish(queue_, messages), IsEmpty());
    EXPECT_LT(Clock::now() - before, 5500ms);  // No new connection was needed.
}

TEST_F(RabbitMqTest, AWrongPasswordIsSaidAndNotShown) {
    AmqpAddress address = address_;
    address.password = "hunter2";
    const auto broker = make_rabbitmq_broker(address, 1);
    try {
        broker->check();
        FAIL();
    } catch (const std::runtime_error& error) {
        EXPECT_THAT(error.what(), HasSubstr("cannot log in"));
        EXPECT_THAT(error.what(), HasSubstr("403"));
        EXPECT_THAT(error.what(), testing::Not(HasSubstr("hunter2")));
    }
}

TEST_F(RabbitMqTest, AnUnknownVirtualHostIsSaid) {
    AmqpAddress address = address_;
    address.virtual_host = "nowhere";
    EXPECT_THROW(make_rabbitmq_broker(address, 1)->check(), std::runtime_error);
}

TEST(RabbitMqAway, SaysSoAtOnceAndStopsAtOnce) {
    const AmqpAddress address{.host = "127.0.0.1", .port = 1};
    auto broker = make_rabbitmq_broker(address, 1);
    const std::vector<Message> messages{{"1", "one"}};
    const auto begin = Clock::now();
    EXPECT_THROW(static_cast<void>(broker->publish("q", messages)), std::runtime_error);
    EXPECT_THROW(broker->check(), std::runtime_error);
    EXPECT_THROW(broker->depth("q"), std::runtime_error);
    std::stop_source stop;
    std::jthread stopper([&] {
        std::this_thread::sleep_for(100ms);
        stop.request_stop();
    });
    EXPECT_FALSE(broker->receive("q", stop.get_token()));
    broker.reset();
    EXPECT_LT(Clock::now() - begin, 2s);
}

}  // namespace
}  // namespace nassaq::broker
