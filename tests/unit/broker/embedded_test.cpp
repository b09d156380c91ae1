#include "broker/embedded.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "../db/server_database.hpp"
#include "../support/database.hpp"
#include "../support/temporary_folder.hpp"

namespace nassaq::broker {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

class EmbeddedBrokerTest : public testing::Test {
protected:
    void publish(std::string_view queue, std::vector<Message> messages) {
        EXPECT_THAT(broker_->publish(queue, messages), testing::IsEmpty());
    }

    /// @return the body of the next message, or "(none)" when there is none at once.
    std::string receive_body(std::string_view queue = "q") {
        const auto delivery = receive(queue);
        return delivery ? delivery->message.body : "(none)";
    }

    std::optional<Delivery> receive(std::string_view queue = "q") {
        std::stop_source stop;
        const std::jthread patience([&stop](const std::stop_token& done) {
            for (int i = 0; i < 30 && !done.stop_requested(); ++i) {
                std::this_thread::sleep_for(10ms);
            }
            stop.request_stop();
        });
        return broker_->receive(queue, stop.get_token());
    }

    void end_leases() { database_.execute("UPDATE Job_Queue SET claimed_until = ?", now() - 1s); }

    test::TemporaryFolder folder_;
    test::TestDatabase database_{folder_.path()};
    std::unique_ptr<Broker> broker_ = make_embedded_broker(database_.get());
};

TEST_F(EmbeddedBrokerTest, DeliversOldestFirst) {
    publish("q", {{"1", "one"}, {"2", "two"}});
    publish("q", {{"3", "three"}});
    EXPECT_EQ(broker_->depth("q"), 3U);
    EXPECT_EQ(receive_body(), "one");
    EXPECT_EQ(receive_body(), "two");
    EXPECT_EQ(receive_body(), "three");
    EXPECT_EQ(receive_body(), "(none)");
    EXPECT_EQ(broker_->depth("q"), 0U);
}

TEST_F(EmbeddedBrokerTest, KeepsQueuesApart) {
    publish("q", {{"1", "one"}});
    publish("q.dead", {{"1", "dead"}});
    EXPECT_EQ(receive_body("q.dead"), "dead");
    EXPECT_EQ(receive_body("q.dead"), "(none)");
    EXPECT_EQ(receive_body("q"), "one");
    EXPECT_EQ(receive_body("other"), "(none)");
}

TEST_F(EmbeddedBrokerTest, ServesUsersInTurn) {
    database_.get().transaction([](db::Session& session) {
        for (const auto& [body, user_id] :
             {std::pair{"low", -1}, {"a1", 1}, {"a2", 1}, {"a3", 1}, {"b1", 2}, {"c1", 3}}) {
            put_into_embedded_queue(session, "q", body, user_id);
        }
    });
    publish("q", {{"1", "nobody's"}});
    EXPECT_EQ(receive_body(), "a1");
    EXPECT_EQ(receive_body(), "b1");
    EXPECT_EQ(receive_body(), "c1");
    EXPECT_EQ(receive_body(), "nobody's");
    EXPECT_EQ(receive_body(), "a2");
    EXPECT_EQ(receive_body(), "a3");
    EXPECT_EQ(receive_body(), "low");
    EXPECT_EQ(receive_body(), "(none)");
}

/// However many messages wait.
TEST_F(EmbeddedBrokerTest, LooksThroughAnIndex) {
    const std::string plan = database_.query_plan(
        "SELECT job_id FROM Job_Queue WHERE queue_name = 'q' AND claimed_until IS NULL AND user_id = COALESCE("
        "(SELECT MIN(user_id) FROM Job_Queue WHERE queue_name = 'q' AND claimed_until IS NULL AND user_id > 7), "
        "(SELECT MIN(user_id) FROM Job_Queue WHERE queue_name = 'q' AND claimed_until IS NULL AND user_id >= 0)) "
        "ORDER BY claimed_until, user_id, job_id LIMIT 1");
    EXPECT_THAT(plan, testing::HasSubstr("USING COVERING INDEX ix_job_queue_turn (queue_name=? AND claimed_until=? AND "
                                         "user_id=?)"))
        << plan;
    EXPECT_THAT(plan, testing::Not(testing::HasSubstr("SCAN")));
    EXPECT_THAT(plan, testing::Not(testing::HasSubstr("TEMP B-TREE")));
}

TEST_F(EmbeddedBrokerTest, DoesNotQueueAnIdTwice) {
    publish("q", {{"1", "one"}, {"1", "one again"}});
    publish("q", {{"1", "one once more"}});
    EXPECT_EQ(broker_->depth("q"), 1U);
    const auto delivery = receive();
    publish("q", {{"1", "while it is on loan"}});
    EXPECT_EQ(database_.count("SELECT COUNT(*) FROM Job_Queue"), 1);
    broker_->acknowledge(*delivery);
    EXPECT_EQ(database_.count("SELECT COUNT(*) FROM Job_Queue"), 0);
}

TEST_F(EmbeddedBrokerTest, AnUnsettledMessageComesAgainWhenItsLeaseEnds) {
    publish("q", {{"1", "one"}, {"2", "two"}});
    EXPECT_EQ(receive_body(), "one");
    end_leases();
    EXPECT_EQ(broker_->depth("q"), 2U);
    const auto again = receive();
    ASSERT_TRUE(again);
    EXPECT_EQ(again->message.id, "1");
    broker_->acknowledge(*again);
    EXPECT_EQ(receive_body(), "two");
}

TEST_F(EmbeddedBrokerTest, ReleasedComesAgainAtOnce) {
    publish("q", {{"1", "one"}});
    const auto delivery = receive();
    ASSERT_TRUE(delivery);
    broker_->release(*delivery);
    const auto again = receive();
    ASSERT_TRUE(again);
    EXPECT_EQ(again->message.body, "one");
    EXPECT_NE(again->handle, delivery->handle);
}

TEST_F(EmbeddedBrokerTest, ALateReleaseDoesNotTakeTheMessageFromTheNextConsumer) {
    publish("q", {{"1", "one"}});
    const auto slow = receive();
    end_leases();
    const auto next = receive();
    ASSERT_TRUE(slow && next);
    broker_->release(*slow);
    EXPECT_EQ(receive_body(), "(none)");
    broker_->release(*next);
    EXPECT_EQ(receive_body(), "one");
}

TEST_F(EmbeddedBrokerTest, ALateAcknowledgementHolds) {
    publish("q", {{"1", "one"}});
    const auto slow = receive();
    end_leases();
    const auto next = receive();
    broker_->acknowledge(*slow);
    broker_->acknowledge(*next);
    EXPECT_EQ(database_.count("SELECT COUNT(*) FROM Job_Queue"), 0);
}

TEST_F(EmbeddedBrokerTest, RefusesAHandleOfAnotherBroker) {
    EXPECT_THROW(broker_->acknowledge({{"1", "one"}, "tag-1"}), std::invalid_argument);
    EXPECT_THROW(broker_->release({{"1", "one"}, "1"}), std::invalid_argument);
}

TEST_F(EmbeddedBrokerTest, WakesAWaitingConsumerAtOnce) {
    std::stop_source stop;
    Clock::time_point received;
    std::jthread consumer([&] {
        if (broker_->receive("q", stop.get_token())) {
            received = Clock::now();
        }
    });
    std::this_thread::sleep_for(100ms);
    const auto published = Clock::now();
    publish("q", {{"1", "one"}});
    consumer.join();
    EXPECT_LT(received - published, 500ms);
}

TEST_F(EmbeddedBrokerTest, SeesWhatAnotherProcessPublishes) {
    std::jthread other([&] {
        std::this_thread::sleep_for(100ms);
        const auto theirs = make_embedded_broker(database_.get());
        const Message message{"1", "one"};
        EXPECT_THAT(theirs->publish("q", {&message, 1}), testing::IsEmpty());
    });
    const auto delivery = broker_->receive("q", {});
    ASSERT_TRUE(delivery);
    EXPECT_EQ(delivery->message.body, "one");
}

TEST_F(EmbeddedBrokerTest, StopEndsTheWait) {
    std::stop_source stop;
    std::jthread stopper([&] {
        std::this_thread::sleep_for(50ms);
        stop.request_stop();
    });
    const auto begin = Clock::now();
    EXPECT_FALSE(broker_->receive("q", stop.get_token()));
    EXPECT_LT(Clock::now() - begin, 500ms);
}

TEST_F(EmbeddedBrokerTest, AnEmptyQueueDoesNotTakeTheWriter) {
    std::stop_source stop;
    database_.get().transaction([&](db::Session& session) {
        session.execute("DELETE FROM Outbox");
        // A consumer that wanted to write would now wait for this transaction.
        std::jthread consumer([&] { EXPECT_FALSE(broker_->receive("q", stop.get_token())); });
        std::this_thread::sleep_for(50ms);
        const auto begin = Clock::now();
        stop.request_stop();
        consumer.join();
        EXPECT_LT(Clock::now() - begin, 500ms);
    });
}

TEST_F(EmbeddedBrokerTest, SurvivesARestart) {
    publish("q", {{"1", "عقد"}});
    broker_ = make_embedded_broker(database_.get());
    EXPECT_EQ(receive_body(), "عقد");
}

TEST_F(EmbeddedBrokerTest, ManyConsumersGetEachMessageOnce) {
    constexpr int messages = 200;
    std::vector<Message> all;
    for (int i = 0; i < messages; ++i) {
        all.push_back({std::to_string(i), "body " + std::to_string(i)});
    }
    std::stop_source stop;
    std::mutex mutex;
    std::multiset<std::string> received;
    std::vector<std::jthread> consumers;
    for (int i = 0; i < 8; ++i) {
        consumers.emplace_back([&] {
            while (const auto delivery = broker_->receive("q", stop.get_token())) {
                broker_->acknowledge(*delivery);
                const std::scoped_lock lock(mutex);
                received.insert(delivery->message.id);
                if (received.size() == messages) {
                    stop.request_stop();
                }
            }
        });
    }
    publish("q", all);
    consumers.clear();
    EXPECT_EQ(received.size(), static_cast<std::size_t>(messages));
    EXPECT_EQ((std::set<std::string>(received.begin(), received.end()).size()), static_cast<std::size_t>(messages));
    EXPECT_EQ(database_.count("SELECT COUNT(*) FROM Job_Queue"), 0);
}

TEST_F(EmbeddedBrokerTest, LooksThroughAnIndexWhateverTheLengthOfTheQueue) {
    for (const char* sql : {"SELECT job_id FROM Job_Queue WHERE queue_name = 'q' AND claimed_until < 'x' "
                            "ORDER BY claimed_until, user_id, job_id LIMIT 1",
                            "SELECT MIN(user_id) FROM Job_Queue WHERE queue_name = 'q' AND claimed_until IS NULL "
                            "AND user_id > 7",
                            "SELECT job_id FROM Job_Queue WHERE queue_name = 'q' AND claimed_until IS NULL "
                            "AND user_id = 8 ORDER BY claimed_until, user_id, job_id LIMIT 1"}) {
        const std::string plan = database_.query_plan(sql);
        EXPECT_THAT(plan, testing::HasSubstr("SEARCH"));
        EXPECT_THAT(plan, testing::Not(testing::HasSubstr("SCAN")));
        EXPECT_THAT(plan, testing::Not(testing::HasSubstr("TEMP B-TREE")));
    }
}

TEST_F(EmbeddedBrokerTest, CheckTellsAMissingTable) {
    EXPECT_NO_THROW(broker_->check());
    database_.execute("DROP TABLE Job_Queue");
    EXPECT_THROW(broker_->check(), db::Error);
}

class EmbeddedBrokerOnPostgres : public db::PostgresTest {};

TEST_F(EmbeddedBrokerOnPostgres, PassesOverWhatAnotherIsAboutToTake) {
    const db::TemporarySchema schema;
    db::Database database(schema.driver(), 4);
    db::migrate(database);
    const auto broker = make_embedded_broker(database);
    const std::vector<Message> messages{{"1", "one"}, {"2", "two"}};
    EXPECT_THAT(broker->publish("q", messages), testing::IsEmpty());
    database.transaction([&](db::Session& session) {
        session.execute("UPDATE Job_Queue SET deliveries = deliveries WHERE message_id = '1'");
        auto other = std::async(std::launch::async, [&] { return broker->receive("q", {}); });
        ASSERT_EQ(other.wait_for(10s), std::future_status::ready) << "it waits for the first message";
        EXPECT_EQ(other.get()->message.body, "two");
    });
    EXPECT_EQ(broker->receive("q", {})->message.body, "one");
}

/// Each looks at the queue a few times more than there are messages, rather than losing most of them to the others.
TEST_F(EmbeddedBrokerOnPostgres, ConsumersThatComeTogetherEachGetAMessage) {
    constexpr int consumers = 8;
    constexpr int messages = 400;
    const db::TemporarySchema schema;
    db::Database database(schema.driver(), consumers);
    db::migrate(database);
    const auto broker = make_embedded_broker(database);
    std::vector<Message> all;
    for (int i = 0; i < messages; ++i) {
        all.push_back({.id = std::to_string(i), .body = std::to_string(i)});
    }
    EXPECT_THAT(broker->publish("q", all), testing::IsEmpty());
    std::mutex mutex;
    std::set<std::string> seen;
    std::stop_source stop;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < consumers; ++i) {
            threads.emplace_back([&] {
                while (const auto delivery = broker->receive("q", stop.get_token())) {
                    const std::scoped_lock lock(mutex);
                    EXPECT_TRUE(seen.insert(delivery->message.body).second) << "delivered twice";
                    if (seen.size() == messages) {
                        stop.request_stop();
                    }
                }
            });
        }
    }
    EXPECT_EQ(seen.size(), static_cast<std::size_t>(messages));
}

}  // namespace
}  // namespace nassaq::broker
