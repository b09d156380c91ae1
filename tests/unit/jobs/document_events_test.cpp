#include "jobs/document_events.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "../support/database.hpp"
#include "../support/temporary_folder.hpp"

namespace nassaq::jobs {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

class DocumentEvents : public testing::Test {
protected:
    std::int64_t add(std::int64_t user_id, std::string_view status = "Queued", Timestamp time = now()) {
        database_.execute(
            "INSERT INTO Document_Events (doc_id, user_id, stage_name, status, created_at) VALUES (1, ?, 'OCR', ?, ?)",
            user_id, status, time);
        return last();
    }
    /// Of long ago.
    void add_many(std::int64_t count, std::int64_t user_id) {
        database_.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
            "INSERT INTO Document_Events (doc_id, user_id, stage_name, status, created_at) "
            "SELECT i, ?, 'OCR', 'Queued', '2024-01-01T00:00:00.000000' FROM n",
            count, user_id);
    }
    std::int64_t last() {
        return database_.get().read([](db::Session& session) { return last_event_id(session); });
    }
    std::vector<std::string> statuses(std::int64_t after, std::optional<std::int64_t> user_id, std::int64_t limit) {
        const auto events = database_.get().read([&](db::Session& session) {
            const auto reach = user_id ? access::reach_of_owner(*user_id) : access::reach_of_everything();
            return list_events_after(session, after, *reach, limit).events;
        });
        std::vector<std::string> found;
        for (const DocumentEvent& event : events) {
            found.push_back(event.status);
        }
        return found;
    }

    nassaq::test::TemporaryFolder folder_;
    nassaq::test::TestDatabase database_{folder_.path()};
};

TEST_F(DocumentEvents, AreListedInOrderAndByOwner) {
    EXPECT_EQ(last(), 0);
    const auto first = add(1, "a");
    add(2, "b");
    add(1, "c");
    EXPECT_THAT(statuses(0, std::nullopt, 10), ElementsAre("a", "b", "c"));
    EXPECT_THAT(statuses(first, std::nullopt, 10), ElementsAre("b", "c"));
    EXPECT_THAT(statuses(0, 1, 10), ElementsAre("a", "c"));
    EXPECT_THAT(statuses(0, 1, 1), ElementsAre("a"));
    EXPECT_THAT(statuses(last(), 1, 10), ElementsAre());
}

TEST_F(DocumentEvents, AreFoundThroughAnIndex) {
    EXPECT_THAT(database_.query_plan("SELECT event_id FROM Document_Events WHERE user_id = 1 AND event_id > 5 "
                                     "ORDER BY event_id LIMIT 10"),
                testing::AllOf(testing::HasSubstr("SEARCH"), testing::Not(testing::HasSubstr("B-TREE"))));
}

TEST_F(DocumentEvents, AreRemovedAfterADay) {
    add(1, "old", now() - event_life - 1min);
    add(1, "young", now() - event_life + 1min);
    EXPECT_EQ(remove_old_events(database_.get()), 1U);
    EXPECT_EQ(remove_old_events(database_.get()), 0U);
    EXPECT_THAT(statuses(0, std::nullopt, 10), ElementsAre("young"));
}

/// SQL Server locks the whole table from 5,000 rows of a statement on.
TEST_F(DocumentEvents, AreRemovedSomeAtATime) {
    add_many(4'500, 1);
    add(1, "young");
    std::vector<std::size_t> removed(4);
    std::ranges::generate(removed, [&] { return remove_old_events(database_.get()); });
    EXPECT_THAT(removed, ElementsAre(2'000U, 2'000U, 500U, 0U));
    EXPECT_THAT(statuses(0, std::nullopt, 10), ElementsAre("young"));
}

TEST_F(DocumentEvents, KeepCountingAfterAllHaveBeenRemoved) {
    const auto id = add(1, "old", now() - event_life - 1min);
    remove_old_events(database_.get());
    EXPECT_GT(add(1), id);  // An id that was given once never names another event.
}

TEST_F(DocumentEvents, WakeThoseWhomTheyConcern) {
    EventFeed feed(database_.get());
    std::atomic<int> mine = 0;
    std::atomic<int> all = 0;
    add(1);
    const auto own = feed.subscribe(access::reach_of_owner(1), [&] { ++mine; });
    const auto every = feed.subscribe(access::reach_of_everything(), [&] { ++all; });
    feed.step();  // What was there before may wake, too.
    mine = all = 0;
    EXPECT_EQ(feed.step(), 0U);
    add(2);
    EXPECT_EQ(feed.step(), 1U);
    EXPECT_EQ(mine, 0);
    EXPECT_EQ(all, 1);
    add(1);
    EXPECT_EQ(feed.step(), 1U);
    EXPECT_EQ(mine, 1);
    EXPECT_EQ(all, 2);
}

TEST_F(DocumentEvents, AreNotLookedForWhileNobodyListens) {
    EventFeed feed(database_.get());
    add(1);
    EXPECT_EQ(feed.step(), 0U);
    feed.subscribe(access::reach_of_owner(1), [] { ADD_FAILURE() << "woken after the end of the subscription"; })
        .reset();
    EXPECT_EQ(feed.step(), 0U);
}

TEST_F(DocumentEvents, OfALongPauseWakeEverybodyWithoutBeingRead) {
    add_many(5'000, 2);
    EventFeed feed(database_.get());
    int woken = 0;
    const auto subscription = feed.subscribe(access::reach_of_owner(1), [&] { ++woken; });
    EXPECT_EQ(feed.step(), 1000U);
    EXPECT_EQ(woken, 1);
    EXPECT_EQ(feed.step(), 0U);
}

TEST_F(DocumentEvents, ReachASubscriberOfARunningFeed) {
    EventFeed feed(database_.get());
    std::atomic<int> woken = 0;
    std::jthread thread([&](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            if (feed.step() == 0) {
                feed.wait(stop);
            }
        }
    });
    std::this_thread::sleep_for(20ms);  // It is idle by now, and a subscription has to end that.
    const auto subscription = feed.subscribe(access::reach_of_owner(1), [&] { ++woken; });
    add(1);
    for (int i = 0; i < 500 && woken == 0; ++i) {
        std::this_thread::sleep_for(10ms);
    }
    EXPECT_GE(woken, 1);
}

}  // namespace
}  // namespace nassaq::jobs
