#include "broker/service_bus.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/id.hpp"
#include "receive.hpp"

namespace nassaq::broker {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

TEST(ServiceBusAddressTest, ReadsWhatThePortalShows) {
    const auto address = parse_service_bus(
                             "Endpoint=sb://name.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=a+b/"
                             "c==;EntityPath=ocr")
                             .value();
    EXPECT_EQ(address.host, "name.servicebus.windows.net");
    EXPECT_EQ(address.port, 5671);
    EXPECT_EQ(address.key_name, "Root");
    EXPECT_EQ(address.key, "a+b/c==");
    EXPECT_EQ(address.entity_path, "ocr");
    EXPECT_TRUE(address.uses_tls);
    const auto emulator =
        parse_service_bus(
            "endpoint=SB://localhost;sharedaccesskeyname=R;SharedAccessKey=k;UseDevelopmentEmulator=true;")
            .value();
    EXPECT_EQ(emulator.host, "localhost");
    EXPECT_EQ(emulator.port, 5672);
    EXPECT_FALSE(emulator.uses_tls);
}

TEST(ServiceBusAddressTest, RefusesWithoutTellingTheKey) {
    for (const std::string text :
         {"SharedAccessKeyName=R;SharedAccessKey=s3cr3t", "Endpoint=https://h/;SharedAccessKey=s3cr3t",
          "Endpoint=sb:///;SharedAccessKeyName=R;SharedAccessKey=s3cr3t",
          "Endpoint=sb://h:99999/;SharedAccessKeyName=R;SharedAccessKey=s3cr3t",
          "Endpoint=sb://h/;SharedAccessKey=s3cr3t", "Endpoint=sb://h/;SharedAccessKeyName=R",
          "Endpoint=sb://u@h/;SharedAccessKeyName=R;SharedAccessKey=s3cr3t", ""}) {
        const auto address = parse_service_bus(text);
        ASSERT_FALSE(address) << text;
        EXPECT_THAT(address.error(), Not(HasSubstr("s3cr3t")));
    }
}

/// The key, the audience and the expiry by `openssl dgst -sha256 -hmac`.
TEST(ServiceBusAddressTest, SignsAsAzureDoes) {
    ServiceBusAddress address{.host = "h", .key_name = "Root", .key = "key"};
    EXPECT_EQ(shared_access_signature(address, "sb://h/q", 1700000000),
              "SharedAccessSignature "
              "sr=sb%3A%2F%2Fh%2Fq&sig=B1kuxQJC1O0QzFpBXOsSfzk3bWDaLMEGV3mnq%2Fnhg%2FM%3D&se=1700000000&skn=Root");
}

/// Beside an independent AMQP 1.0 broker.
class ServiceBusTest : public testing::Test {
protected:
    void SetUp() override {
        const char* text = std::getenv("NASSAQ_TEST_SERVICE_BUS");
        if (text == nullptr) {
            GTEST_SKIP() << "no NASSAQ_TEST_SERVICE_BUS";
        }
        address_ = parse_service_bus(text).value();
        broker_ = make_service_bus_broker(address_);
    }

    static ServiceBusAddress address_of(const char* variable) {
        const char* text = std::getenv(variable);
        return parse_service_bus(text == nullptr ? "" : text).value();
    }

    std::optional<Delivery> receive(Broker& broker, const std::string& queue, std::chrono::milliseconds patience = 3s) {
        return test::receive(broker, queue, patience);
    }
    std::optional<Delivery> receive(std::chrono::milliseconds patience = 3s) {
        return receive(*broker_, queue_, patience);
    }
    std::vector<Refusal> publish(std::vector<Message> messages) { return broker_->publish(queue_, messages); }

    void round_trip(Broker& broker) {
        const std::vector<Message> messages{{"1", R"({"filename":"عقد.pdf"})"}};
        EXPECT_THAT(broker.publish(queue_, messages), IsEmpty());
        const auto delivery = receive(broker, queue_);
        ASSERT_TRUE(delivery);
        EXPECT_EQ(delivery->message.id, "1");
        EXPECT_EQ(delivery->message.body, messages[0].body);
        broker.acknowledge(*delivery);
        EXPECT_FALSE(receive(broker, queue_, 300ms));
    }

    ServiceBusAddress address_;
    std::unique_ptr<Broker> broker_;
    std::string queue_ = "test-" + random_uuid();
};

TEST_F(ServiceBusTest, GoesThereAndBackWithPlain) {
    round_trip(*broker_);
}

TEST_F(ServiceBusTest, GoesThereAndBackOverTls) {
    ServiceBusAddress tls = address_of("NASSAQ_TEST_SERVICE_BUS_TLS");
    tls.ca_file = std::getenv("NASSAQ_TEST_SERVICE_BUS_CERTIFICATE");
    round_trip(*make_service_bus_broker(tls));
}

TEST_F(ServiceBusTest, RefusesACertificateThatNobodyVouchesFor) {
    EXPECT_THROW(make_service_bus_broker(address_of("NASSAQ_TEST_SERVICE_BUS_TLS"))->check(), std::runtime_error);
}

TEST_F(ServiceBusTest, RefusesACertificateOfAnotherHost) {
    ServiceBusAddress tls = address_of("NASSAQ_TEST_SERVICE_BUS_TLS");
    tls.ca_file = std::getenv("NASSAQ_TEST_SERVICE_BUS_CERTIFICATE");
    tls.host = "127.0.0.1";
    EXPECT_THROW(make_service_bus_broker(tls)->check(), std::runtime_error);
}

TEST_F(ServiceBusTest, PutsATokenWherePlainIsRefused) {
    const auto broker = make_service_bus_broker(address_of("NASSAQ_TEST_SERVICE_BUS_CBS"));
    EXPECT_NO_THROW(broker->check()) << "a refusal of the first way is no outage yet";
    round_trip(*broker);
}

TEST_F(ServiceBusTest, OneThatIsNotConnectedYetEndsAtOnce) {
    for (const auto pause : {0ms, 1ms, 5ms, 20ms, 100ms}) {
        const auto begin = Clock::now();
        {
            const auto broker = make_service_bus_broker(address_);
            std::this_thread::sleep_for(pause);
        }
        EXPECT_LT(Clock::now() - begin, 30s) << "and at all";
    }
}

TEST_F(ServiceBusTest, InspectionTellsWhichQueuesAreThere) {
    for (const char* variable : {"NASSAQ_TEST_SERVICE_BUS", "NASSAQ_TEST_SERVICE_BUS_CBS"}) {
        const std::vector<std::string> queues{queue_, "missing-" + queue_};
        const BrokerReport report = inspect_service_bus(address_of(variable), queues);
        ASSERT_THAT(report.queues, SizeIs(2)) << variable;
        EXPECT_EQ(report.queues[0].name, queue_);
        EXPECT_TRUE(report.queues[0].is_usable) << report.queues[0].remark;
        EXPECT_FALSE(report.queues[0].depth);
        EXPECT_FALSE(report.queues[1].is_usable);
        EXPECT_THAT(report.queues[1].remark, HasSubstr("not-found"));
    }
    ServiceBusAddress wrong = address_;
    wrong.key = "wr0ngs3cret";
    EXPECT_THROW(inspect_service_bus(wrong, {}), std::runtime_error);
}

TEST_F(ServiceBusTest, AWrongKeyIsAnOutageThatDoesNotTellIt) {
    ServiceBusAddress wrong = address_;
    wrong.key = "wr0ngs3cret";
    const auto broker = make_service_bus_broker(wrong);
    try {
        broker->check();
        FAIL() << "it is let in";
    } catch (const std::runtime_error& error) {
        EXPECT_THAT(error.what(), Not(HasSubstr("wr0ngs3cret")));
    }
}

TEST_F(ServiceBusTest, WhatIsRejectedOrHasNoQueueIsRefused) {
    queue_ = "reject-" + queue_;
    EXPECT_THAT(publish({{"1", "x"}, {"2", "x"}}), SizeIs(2));
    const std::vector<Message> messages{{"1", "x"}};
    const auto refusals = broker_->publish("missing-queue", messages);
    ASSERT_THAT(refusals, SizeIs(1));
    EXPECT_THAT(refusals[0].reason, HasSubstr("could not be found"));
}

TEST_F(ServiceBusTest, WhatIsReleasedIsSentAgain) {
    queue_ = "release-" + queue_;
    EXPECT_THAT(publish({{random_uuid(), "x"}, {random_uuid(), "y"}}), IsEmpty());
    EXPECT_TRUE(receive());
    EXPECT_TRUE(receive());
}

TEST_F(ServiceBusTest, ALinkThatDropsIsMadeAgain) {
    queue_ = "drop-" + queue_;
    EXPECT_THROW((void)publish({{"1", "x"}}), std::runtime_error);
    const auto end = Clock::now() + 10s;
    for (bool done = false; !done;) {
        try {
            done = publish({{"1", "x"}}).empty();
        } catch (const std::runtime_error&) {
            ASSERT_LT(Clock::now(), end);
            std::this_thread::sleep_for(20ms);
        }
    }
    const auto delivery = receive(10s);
    ASSERT_TRUE(delivery);
    EXPECT_EQ(delivery->message.id, "1");
}

TEST_F(ServiceBusTest, AWaitingConsumerLivesThroughADrop) {
    std::optional<Delivery> delivery;
    std::jthread consumer([&] { delivery = receive(15s); });
    std::this_thread::sleep_for(300ms);
    const std::string other = "drop-" + queue_;
    const std::vector<Message> message{{"1", "x"}};
    EXPECT_THROW((void)broker_->publish(other, message), std::runtime_error);
    const auto publisher = make_service_bus_broker(address_);
    EXPECT_THAT(publisher->publish(queue_, message), IsEmpty());
    consumer.join();
    EXPECT_TRUE(delivery);
}

TEST_F(ServiceBusTest, WhatIsOnLoanComesAgainWhenItsHolderEnds) {
    ASSERT_THAT(publish({{"1", "x"}}), IsEmpty());
    ASSERT_TRUE(receive());
    broker_.reset();
    broker_ = make_service_bus_broker(address_);
    EXPECT_TRUE(receive());
}

/// Names that begin so are locked for two seconds.
TEST_F(ServiceBusTest, TheLockOfALongJobIsRenewed) {
    queue_ = "lock-" + queue_;
    ASSERT_THAT(publish({{"1", "x"}}), IsEmpty());
    const auto delivery = receive();
    ASSERT_TRUE(delivery);
    const auto other = make_service_bus_broker(address_);
    EXPECT_FALSE(receive(*other, queue_, 6s)) << "another got it meanwhile";
    broker_->acknowledge(*delivery);
    EXPECT_FALSE(receive(*other, queue_, 3s));
}

TEST_F(ServiceBusTest, ALockThatNobodyRenewsEnds) {
    queue_ = "lock-" + queue_;
    ASSERT_THAT(publish({{"1", "x"}}), IsEmpty());
    ASSERT_TRUE(receive());
    broker_.reset();
    broker_ = make_service_bus_broker(address_);
    EXPECT_TRUE(receive(10s));
}

TEST_F(ServiceBusTest, AStoppedConsumerGetsNothingMore) {
    EXPECT_FALSE(receive(200ms));
    const auto other = make_service_bus_broker(address_);
    std::jthread publisher([&] {
        std::this_thread::sleep_for(100ms);
        EXPECT_THAT(publish({{"1", "x"}}), IsEmpty());
    });
    EXPECT_TRUE(receive(*other, queue_)) << "it lies with whoever waits no more";
}

TEST_F(ServiceBusTest, EndsAtAnyMomentOfItsLife) {
    for (int life = 0; life < 30; ++life) {
        const auto broker = make_service_bus_broker(address_);
        std::this_thread::sleep_for(std::chrono::milliseconds(life * 7));
    }
}

TEST_F(ServiceBusTest, ABrokerThatIsAwayIsTold) {
    ServiceBusAddress nobody = address_;
    nobody.port = 1;
    const auto broker = make_service_bus_broker(nobody);
    EXPECT_THROW(broker->check(), std::runtime_error);
    const std::vector<Message> messages{{"1", "x"}};
    EXPECT_THROW((void)broker->publish(queue_, messages), std::runtime_error);
    EXPECT_FALSE(receive(*broker, queue_, 100ms));
    EXPECT_THROW(broker_->acknowledge({{"1", "x"}, "1"}), std::invalid_argument);
}

}  // namespace
}  // namespace nassaq::broker
