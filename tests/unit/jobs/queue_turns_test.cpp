#include "jobs/queue_turns.hpp"

#include <thread>
#include <vector>

#include "jobs_fixture.hpp"

namespace nassaq::jobs {
namespace {

using namespace std::chrono_literals;
using testing::AnyOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;
using testing::UnorderedElementsAre;

class QueueTurnsTest : public test::JobsTest {
protected:
    /// What an upload of that user does.
    std::int64_t add(const std::string& name, std::int64_t user_id) {
        SpoolFile file = spooled(name);
        file.note_blob_name(name);
        EXPECT_TRUE(deletions_.upload(name, file, "text/plain"));
        const std::int64_t doc_id = database_.add_document(name, user_id, name, file.sha256());
        database_.get().transaction([&](db::Session& session) {
            session.execute(
                "INSERT INTO Processing_Status (doc_id, stage_name, status, start_time) "
                "VALUES (?, 'OCR', 'Queued', ?)",
                doc_id, now());
            put(session, doc_id, name, user_id);
        });
        return doc_id;
    }
    void put(db::Session& session, std::int64_t doc_id, const std::string& name, std::int64_t user_id) {
        enqueue(session, queue, doc_id,
                to_json({.doc_id = doc_id, .file_path = storage_.url(name), .filename = name, .user_id = user_id}),
                now(), user_id);
    }
    void add_many(const std::string& prefix, int count, std::int64_t user_id) {
        for (int i = 1; i <= count; ++i) {
            add(prefix + std::to_string(i), user_id);
        }
    }
    /// Without what relay_all() does to messages for later.
    void relay() {
        while (relay_.step() > 0) {
        }
    }
    std::vector<std::string> waiting() {
        std::vector<std::string> names;
        for (const std::string& body : bodies(queue)) {
            names.push_back(parse_message(body).value().filename);
        }
        return names;
    }
    void set_status(std::int64_t doc_id, std::string_view status) {
        database_.execute("UPDATE Processing_Status SET status = ? WHERE doc_id = ?", status, doc_id);
    }
    void forget_queue() { database_.execute("DELETE FROM Job_Queue"); }
    void set_taken_at(Timestamp time) { database_.execute("UPDATE Job_Turns SET taken_at = ?", time); }

    std::int64_t other_ = database_.add_user("other");
};

TEST_F(QueueTurnsTest, OfAUserOneMessageWaitsInTheQueue) {
    add_many("mine", 25, user_id_);
    relay();
    EXPECT_THAT(waiting(), ElementsAre("mine1"));
    add("theirs", other_);
    relay();
    EXPECT_THAT(waiting(), ElementsAre("mine1", "theirs"));
    EXPECT_EQ(outbox_rows(), 24);
}

TEST_F(QueueTurnsTest, OneLineWaitsForTwoDocumentsOfOthers) {
    add_many("picture", 25, user_id_);
    std::vector<std::string> worked_off;
    const auto worker = make_worker([&](const std::filesystem::path& file, std::string_view filename,
                                        const std::stop_token& stop, const ocr::ReportProgress&) {
        worked_off.emplace_back(filename);
        relay();  // The picture is begun, so the next one goes to the queue...
        if (worked_off.size() == 1) {
            add("line", other_);  // ...and then another user comes.
            relay();
        }
        return test::read_as_text(file, filename, stop);
    });
    relay();
    while (broker_.depth(queue) > 0) {
        ASSERT_TRUE(worker->step({}));
        relay();
    }
    ASSERT_THAT(worked_off, SizeIs(26));
    EXPECT_EQ(std::ranges::find(worked_off, "line") - worked_off.begin(), 2);
}

TEST_F(QueueTurnsTest, AJobThatIsBegunIsToldOf) {
    add("a", user_id_);
    relay();
    int begun = 0;
    Worker::Parts parts = worker_parts();
    parts.on_change = [&] { ++begun; };
    Worker worker(parts, stages_.ocr(), extract_with(test::read_as_text), worker_options());
    EXPECT_TRUE(worker.step({}));
    EXPECT_EQ(begun, 2) << "at its beginning and at its end";
}

TEST_F(QueueTurnsTest, UsersAreTakenInTurn) {
    const std::int64_t third = database_.add_user("third");
    for (const auto& [prefix, user] : {std::pair{"a", user_id_}, std::pair{"b", other_}, std::pair{"c", third}}) {
        add_many(prefix, 3, user);
    }
    std::vector<std::string> order;
    const auto worker = make_worker([&](const std::filesystem::path& file, std::string_view filename,
                                        const std::stop_token& stop, const ocr::ReportProgress&) {
        order.emplace_back(filename);
        relay();
        return test::read_as_text(file, filename, stop);
    });
    relay();
    while (broker_.depth(queue) > 0) {
        ASSERT_TRUE(worker->step({}));
        relay();
    }
    ASSERT_THAT(order, SizeIs(9));
    for (std::size_t round = 0; round < 3; ++round) {
        const std::string number = std::to_string(round + 1);
        const std::vector<std::string> of_round(&order[3 * round], &order[3 * round] + 3);
        EXPECT_THAT(of_round, UnorderedElementsAre("a" + number, "b" + number, "c" + number));
    }
}

TEST_F(QueueTurnsTest, ADocumentThatIsQueuedAgainComesAgain) {
    const auto doc_id = add("a", user_id_);
    relay();
    forget_queue();
    database_.get().transaction([&](db::Session& session) { put(session, doc_id, "a", user_id_); });
    relay();
    EXPECT_THAT(waiting(), ElementsAre("a"));
}

TEST_F(QueueTurnsTest, WhatAWorkerOfThePlatformTakesMakesItTheUsersTurn) {
    const auto first = add("a1", user_id_);
    const auto second = add("a2", user_id_);
    add("a3", user_id_);
    relay();
    set_status(first, "Processing");  // It changes nothing else.
    relay();
    EXPECT_THAT(waiting(), ElementsAre("a1", "a2"));
    set_status(second, "Failed");
    relay();
    EXPECT_THAT(waiting(), ElementsAre("a1", "a2", "a3"));
}

TEST_F(QueueTurnsTest, ADeletedDocumentHoldsNobodyUp) {
    const auto first = add("a1", user_id_);
    add("a2", user_id_);
    relay();
    delete_rows(first);
    relay();
    EXPECT_THAT(waiting(), ElementsAre("a1", "a2"));
}

TEST_F(QueueTurnsTest, ARelayThatDiedHoldsItsUserUpNoLongerThanItsClaim) {
    add_many("a", 2, user_id_);
    broker_.fails_after_publish = true;
    EXPECT_EQ(relay_.step(), 0U);
    broker_.fails_after_publish = false;
    forget_queue();  // It had died before it published.
    database_.execute("UPDATE Outbox SET claimed_until = ? WHERE outbox_id = (SELECT outbox_id FROM Job_Turns)",
                      now() + 20s);
    OutboxRelay other(database_.get(), broker_, stages_);
    EXPECT_EQ(other.step(), 0U);
    database_.execute("UPDATE Outbox SET claimed_until = ?", now() - 1s);
    EXPECT_EQ(other.step(), 1U);
    EXPECT_THAT(waiting(), ElementsAre("a1"));
}

TEST_F(QueueTurnsTest, ARefusedMessageHoldsUpItsDocumentOnly) {
    add_many("a", 2, user_id_);
    broker_.refused_body = database_.text("SELECT body FROM Outbox ORDER BY outbox_id");
    relay();
    relay();
    EXPECT_THAT(waiting(), ElementsAre("a2"));
}

TEST_F(QueueTurnsTest, ALostMessageHoldsNobodyUpWhenTheQueueIsEmpty) {
    add_many("a", 2, user_id_);
    relay();
    forget_queue();
    set_taken_at(now() - 2s);
    OutboxRelay other(database_.get(), broker_, stages_);
    EXPECT_EQ(other.step(), 1U);
    EXPECT_THAT(waiting(), ElementsAre("a2"));
}

TEST_F(QueueTurnsTest, ALostMessageHoldsItsUserUpForFiveMinutes) {
    add_many("a", 2, user_id_);
    relay();
    forget_queue();
    add("theirs", other_);
    relay();  // So that the queue is never empty.
    set_taken_at(now() - 4min);
    relay();
    EXPECT_THAT(waiting(), ElementsAre("theirs"));
    set_taken_at(now() - 6min);
    relay();
    EXPECT_THAT(waiting(), ElementsAre("theirs", "a2"));
}

TEST_F(QueueTurnsTest, AClockThatWasAheadHoldsNobodyUp) {
    add_many("a", 2, user_id_);
    relay();
    set_taken_at(now() + 1h);
    relay();
    EXPECT_THAT(waiting(), ElementsAre("a1", "a2"));
}

TEST_F(QueueTurnsTest, SeveralRelaysTakeEachTurnOnce) {
    add_many("a", 20, user_id_);
    add_many("b", 20, other_);
    OutboxRelay other(database_.get(), broker_, stages_);
    {
        std::vector<std::jthread> threads;
        for (OutboxRelay* relay : {&relay_, &relay_, &other, &other}) {
            threads.emplace_back([relay] {
                for (int i = 0; i < 50; ++i) {
                    relay->step();
                }
            });
        }
    }
    EXPECT_THAT(waiting(), UnorderedElementsAre("a1", "b1"));
}

TEST_F(QueueTurnsTest, MoreUsersThanAreAskedAtOnceAllGetTheirTurn) {
    constexpr int users = 300;
    for (int i = 0; i < users; ++i) {
        const auto user_id = database_.add_user("user" + std::to_string(i));
        database_.get().transaction(
            [&](db::Session& session) { enqueue(session, queue, 1'000'000 + i, "{}", now(), user_id); });
    }
    EXPECT_LT(relay_.step(), static_cast<std::size_t>(users));
    relay();
    EXPECT_EQ(queue_rows(), users);
    EXPECT_EQ(outbox_rows(), 0);
}

TEST_F(QueueTurnsTest, WhatWaitsForItsTurnIsNoLag) {
    add_many("a", 2, user_id_);
    database_.execute("UPDATE Outbox SET available_at = ?", now() - 1h);
    EXPECT_GE(relay_.lag(), 1h);
    relay();
    EXPECT_EQ(relay_.depth(), 1U);
    EXPECT_EQ(relay_.lag(), 0ms);
}

TEST_F(QueueTurnsTest, LooksThroughIndexes) {
    for (const char* sql :
         {"SELECT MIN(user_id) FROM Outbox WHERE user_id > 7",
          "SELECT outbox_id, available_at, queue_name, COALESCE(doc_id, 0) FROM Outbox "
          "WHERE user_id = 7 AND available_at <= 'x' AND queue_name NOT IN ('a', 'b') "
          "AND (claimed_until IS NULL OR claimed_until < 'x' OR claimed_until > 'y') "
          "AND NOT EXISTS (SELECT 1 FROM Outbox earlier "
          "WHERE earlier.doc_id = Outbox.doc_id AND earlier.queue_name = Outbox.queue_name "
          "AND earlier.outbox_id < Outbox.outbox_id) "
          "ORDER BY available_at, outbox_id LIMIT 1",
          "SELECT t.outbox_id, t.queue_name, t.taken_at, o.available_at, CASE WHEN EXISTS (SELECT 1 "
          "FROM Processing_Status s WHERE s.doc_id = t.doc_id AND s.stage_name = t.stage_name AND s.status = 'Queued') "
          "AND NOT EXISTS (SELECT 1 FROM Outbox later WHERE later.doc_id = t.doc_id "
          "AND later.queue_name = t.queue_name AND later.outbox_id > t.outbox_id) "
          "THEN 1 ELSE 0 END FROM Job_Turns t LEFT JOIN Outbox o ON o.outbox_id = t.outbox_id "
          "WHERE t.user_id = 7 AND t.stage_name = 'OCR'"}) {
        const std::string plan = database_.query_plan(sql);
        EXPECT_THAT(plan, AnyOf(HasSubstr("ix_outbox_user_id"), HasSubstr("INTEGER PRIMARY KEY"))) << sql;
        EXPECT_THAT(plan, Not(HasSubstr("SCAN"))) << sql;
        EXPECT_THAT(plan, Not(HasSubstr("TEMP B-TREE"))) << sql;
    }
}

}  // namespace
}  // namespace nassaq::jobs
