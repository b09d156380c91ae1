#include "jobs/outbox.hpp"

#include <map>

#include "jobs_fixture.hpp"

namespace nassaq::jobs {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

class OutboxTest : public test::JobsTest {
protected:
    void put(std::string_view body, std::optional<std::int64_t> doc_id = std::nullopt, std::chrono::seconds later = 0s,
             std::string_view to = queue) {
        database_.get().transaction([&](db::Session& session) { enqueue(session, to, doc_id, body, now() + later); });
    }
};

TEST_F(OutboxTest, CarriesMessagesToTheirQueues) {
    put("one");
    put("two", 5, 0s, "other");
    EXPECT_EQ(relay_.step(), 2U);
    EXPECT_THAT(bodies(queue), ElementsAre("one"));
    EXPECT_THAT(bodies("other"), ElementsAre("two"));
    EXPECT_EQ(outbox_rows(), 0);
    EXPECT_EQ(relay_.step(), 0U);
}

TEST_F(OutboxTest, UsesTheOutboxIdAsTheMessages) {
    put("one");
    const auto id = database_.count("SELECT outbox_id FROM Outbox");
    relay_.step();
    EXPECT_EQ(database_.text("SELECT message_id FROM Job_Queue"), std::to_string(id));
}

TEST_F(OutboxTest, ARolledBackMessageIsNone) {
    EXPECT_THROW(database_.get().transaction([&](db::Session& session) {
        enqueue(session, queue, 1, "never", now());
        throw std::runtime_error("the change failed");
    }),
                 std::runtime_error);
    EXPECT_EQ(relay_.step(), 0U);
    EXPECT_THAT(bodies(queue), IsEmpty());
}

TEST_F(OutboxTest, HoldsBackWhatIsForLater) {
    put("later", 1, 60s);
    put("now", 2);
    EXPECT_EQ(relay_.step(), 1U);
    EXPECT_THAT(bodies(queue), ElementsAre("now"));
    EXPECT_EQ(outbox_rows(), 1);
}

TEST_F(OutboxTest, KeepsTheOrderOfADocument) {
    put("first of 1", 1, 60s);
    put("second of 1", 1);
    put("first of 2", 2);
    put("second of 2", 2);
    put("third of 2", 2);
    while (relay_.step() > 0) {
    }
    EXPECT_THAT(bodies(queue), ElementsAre("first of 2", "second of 2", "third of 2"));
    relay_all();
    EXPECT_THAT(bodies(queue), ElementsAre("first of 2", "second of 2", "third of 2", "first of 1", "second of 1"));
}

TEST_F(OutboxTest, SendsInBatches) {
    database_.get().transaction([&](db::Session& session) {
        for (int i = 0; i < 1'100; ++i) {
            enqueue(session, queue, i, std::to_string(i), now());
        }
    });
    EXPECT_EQ(relay_.step(), 512U);
    EXPECT_EQ(relay_.step(), 512U);
    EXPECT_EQ(relay_.step(), 76U);
    EXPECT_EQ(broker_.publish_calls, 3);
    EXPECT_EQ(broker_.depth(queue), 1'100U);
    EXPECT_EQ(relay_.published(), 1'100U);
}

TEST_F(OutboxTest, LosesNothingWhileTheBrokerIsAway) {
    put("one", 1);
    put("two", 1);
    broker_.is_away = true;
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(relay_.step(), 0U);
    }
    EXPECT_EQ(outbox_rows(), 2);
    broker_.is_away = false;
    while (outbox_rows() > 0) {
        relay_.step();
        relay_.wait({});
    }
    EXPECT_THAT(bodies(queue), ElementsAre("one", "two"));
}

TEST_F(OutboxTest, LeavesABrokerThatIsAwayAloneForAWhile) {
    put("one");
    broker_.is_away = true;
    OutboxRelay relay(database_.get(), broker_, stages_, {.base = 10s, .cap = 10s});
    for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(relay.step(), 0U);
    }
    EXPECT_EQ(broker_.publish_calls, 1);
}

TEST_F(OutboxTest, ANotificationDoesNotShortenTheBackOff) {
    put("one");
    broker_.is_away = true;
    OutboxRelay relay(database_.get(), broker_, stages_, {.base = 200ms, .cap = 200ms});
    relay.step();
    relay.notify();
    const auto begin = std::chrono::steady_clock::now();
    relay.wait({});
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 90ms);
    const int checks = broker_.check_calls;
    EXPECT_EQ(relay.step(), 0U);
    EXPECT_EQ(broker_.check_calls, checks + 1);
}

TEST_F(OutboxTest, AsksBeforeItClaimsAgain) {
    put("one");
    broker_.is_away = true;
    EXPECT_EQ(relay_.step(), 0U);
    for (int i = 0; i < 5; ++i) {
        relay_.wait({});
        EXPECT_EQ(relay_.step(), 0U);
    }
    EXPECT_EQ(broker_.publish_calls, 1);
    EXPECT_EQ(database_.count("SELECT COUNT(*) FROM Outbox WHERE claimed_until IS NOT NULL"), 0);
}

TEST_F(OutboxTest, APoisonMessageHoldsUpNobodyElse) {
    broker_.refused_body = "poison";
    put("poison", 1);
    put("behind the poison", 1);
    put("other", 2);
    EXPECT_EQ(relay_.step(), 1U);
    EXPECT_EQ(relay_.step(), 0U);
    EXPECT_THAT(bodies(queue), ElementsAre("other"));
    EXPECT_EQ(outbox_rows(), 2);
    EXPECT_EQ(
        database_.count("SELECT COUNT(*) FROM Outbox WHERE available_at > ? AND claimed_until IS NULL", now() + 8s), 1);
    broker_.refused_body.reset();
    relay_all();
    EXPECT_THAT(bodies(queue), ElementsAre("other", "poison", "behind the poison"));
}

TEST_F(OutboxTest, APoisonMessageIsAskedForLessAndLessOften) {
    broker_.refused_body = "poison";
    put("poison", 1);
    database_.execute("UPDATE Outbox SET created_at = ?", now() - std::chrono::hours{20});
    EXPECT_EQ(relay_.step(), 0U);
    EXPECT_EQ(database_.count("SELECT COUNT(*) FROM Outbox WHERE available_at > ? AND available_at <= ?",
                              now() + std::chrono::minutes{59}, now() + std::chrono::hours{1}),
              1);
}

TEST_F(OutboxTest, WhatAnotherRelayHasClaimedIsLeftToIt) {
    put("one", 1);
    put("two", 2);
    database_.execute("UPDATE Outbox SET claimed_until = ? WHERE body = 'one'", now() + 30s);
    put("behind one", 1);
    EXPECT_EQ(relay_.step(), 1U);
    EXPECT_THAT(bodies(queue), ElementsAre("two"));
}

TEST_F(OutboxTest, TakesOverFromARelayThatDied) {
    put("one", 1);
    database_.execute("UPDATE Outbox SET claimed_until = ?", now() - 1s);
    EXPECT_EQ(relay_.step(), 1U);
    EXPECT_THAT(bodies(queue), ElementsAre("one"));
}

TEST_F(OutboxTest, TellsDepthAndLag) {
    EXPECT_EQ(relay_.depth(), 0U);
    EXPECT_EQ(relay_.lag(), 0ms);
    database_.get().transaction([](db::Session& session) { BlobDeletions::schedule(session, "a/b"); });
    put("later", 1, 60s);
    EXPECT_EQ(relay_.depth(), 1U);
    EXPECT_EQ(relay_.lag(), 0ms);
    put("due", 2, -5s);
    EXPECT_EQ(relay_.depth(), 2U);
    EXPECT_GE(relay_.lag(), 5s);
    EXPECT_LT(relay_.lag(), 10s);
}

TEST_F(OutboxTest, SendsAgainUnderTheSameIdWhenTheConfirmationIsLost) {
    put("one");
    broker_.fails_after_publish = true;
    EXPECT_EQ(relay_.step(), 0U);
    EXPECT_EQ(outbox_rows(), 1);
    broker_.fails_after_publish = false;
    std::this_thread::sleep_for(5ms);
    EXPECT_EQ(relay_.step(), 1U);
    EXPECT_THAT(bodies(queue), ElementsAre("one"));
}

TEST_F(OutboxTest, LeavesBlobDeletionsAlone) {
    database_.get().transaction([](db::Session& session) { BlobDeletions::schedule(session, "a/b"); });
    EXPECT_EQ(relay_.step(), 0U);
    EXPECT_EQ(outbox_rows(), 1);
}

TEST_F(OutboxTest, ANotificationEndsTheWait) {
    std::jthread writer([this] {
        std::this_thread::sleep_for(50ms);
        relay_.notify();
    });
    const auto begin = std::chrono::steady_clock::now();
    relay_.wait({});
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 900ms);
}

TEST_F(OutboxTest, AnEarlierNotificationIsNotMissed) {
    relay_.notify();
    const auto begin = std::chrono::steady_clock::now();
    relay_.wait({});
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 900ms);
}

TEST_F(OutboxTest, StopEndsTheWait) {
    std::stop_source stop;
    stop.request_stop();
    const auto begin = std::chrono::steady_clock::now();
    relay_.wait(stop.get_token());
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 900ms);
}

TEST_F(OutboxTest, SeveralRelaysPublishEachMessageOnce) {
    constexpr int messages = 3'000;
    database_.get().transaction([&](db::Session& session) {
        for (int i = 0; i < messages; ++i) {
            enqueue(session, queue, i % 1'000, std::to_string(i), now());
        }
    });
    OutboxRelay other(database_.get(), broker_, stages_);
    {
        const auto drain = [this](OutboxRelay& relay) {
            while (outbox_rows() > 0) {
                relay.step();
            }
        };
        std::vector<std::jthread> threads;
        for (OutboxRelay* relay : {&relay_, &relay_, &other, &other}) {
            threads.emplace_back([&drain, relay] { drain(*relay); });
        }
    }
    EXPECT_EQ(broker_.depth(queue), static_cast<std::uint64_t>(messages));
    EXPECT_EQ(broker_.published, messages);
    // Those of a document in their order.
    std::map<int, int> last;
    for (const std::string& body : bodies(queue)) {
        const int number = std::stoi(body);
        const auto [found, is_first] = last.try_emplace(number % 1'000, number);
        EXPECT_TRUE(is_first || found->second < number);
        found->second = number;
    }
}

TEST_F(OutboxTest, LooksThroughIndexes) {
    const std::string plan = database_.query_plan(
        "SELECT outbox_id FROM Outbox WHERE user_id = 0 AND available_at <= 'x' AND queue_name <> 'q' "
        "AND (claimed_until IS NULL OR claimed_until < 'x') AND NOT EXISTS (SELECT 1 FROM Outbox earlier "
        "WHERE earlier.doc_id = Outbox.doc_id AND earlier.outbox_id < Outbox.outbox_id) "
        "ORDER BY available_at, outbox_id LIMIT 512");
    EXPECT_THAT(plan, testing::Not(testing::HasSubstr("SCAN")));
    EXPECT_THAT(plan, testing::Not(testing::HasSubstr("TEMP B-TREE")));
    // A note is found by what it says, however many there are.
    EXPECT_THAT(database_.query_plan("DELETE FROM Outbox WHERE doc_id IS NULL AND queue_name = 'blob.delete' "
                                     "AND body = 'x' AND body = 'x'"),
                testing::HasSubstr("ix_outbox_notes (queue_name=? AND body=?)"));
}

}  // namespace
}  // namespace nassaq::jobs
