/// Several nodes over one PostgreSQL (tests/support/postgres.py sets NASSAQ_TEST_POSTGRES).

#include <chrono>
#include <future>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "../db/server_database.hpp"
#include "db/migrate.hpp"
#include "extraction/result.hpp"
#include "jobs/document_events.hpp"
#include "jobs/job_store.hpp"
#include "jobs_fixture.hpp"
#include "usage/counting.hpp"

namespace nassaq::jobs {
namespace {

class OutboxPostgresTest : public db::PostgresTest {
protected:
    const Stages stages_{{extraction::make_stage({.queue = "ocr_queue"})}};
};

struct QueuedBody {
    std::string message_id;
    std::string body;
};
BOOST_DESCRIBE_STRUCT(QueuedBody, (), (message_id, body))

TEST_F(OutboxPostgresTest, SeveralNodesPublishEachMessageOnceAndInOrder) {
    constexpr int nodes = 4;
    constexpr int messages = 4'000;
    constexpr int documents = 1'500;
    const db::TemporarySchema schema;
    db::Database database(schema.driver(), 4);
    db::migrate(database);
    database.transaction([&](db::Session& session) {
        for (int i = 0; i < messages; ++i) {
            enqueue(session, "ocr_queue", i % documents, std::to_string(i), now());
        }
    });
    std::atomic<int> published = 0;
    {
        std::vector<std::jthread> threads;
        for (int node = 0; node < nodes; ++node) {
            threads.emplace_back([&] {
                db::Database own(schema.driver(), 2);
                test::SwitchableBroker broker(own);
                OutboxRelay relay(own, broker, stages_);
                while (relay.depth() > 0) {
                    relay.step();
                }
                published += broker.published;
            });
        }
    }
    EXPECT_EQ(published, messages);
    const auto queued = database.read([](db::Session& session) {
        return session.query<QueuedBody>("SELECT message_id, body FROM Job_Queue ORDER BY job_id");
    });
    EXPECT_EQ(queued.size(), static_cast<std::size_t>(messages));
    std::map<int, int> last;
    for (const QueuedBody& message : queued) {
        const int number = std::stoi(message.body);
        const auto [found, is_first] = last.try_emplace(number % documents, number);
        EXPECT_TRUE(is_first || found->second < number) << message.body;
        found->second = number;
    }
}

/// A user, and documents of theirs that are queued, each with its message.
void add_user_with_documents(db::Session& session, const std::string& name, int documents) {
    const auto user_id = nassaq::test::add_user(session, name);
    const auto root = session.get<std::int64_t>("SELECT path_id FROM Virtual_Paths WHERE full_path = '/'");
    for (int i = 0; i < documents; ++i) {
        const auto doc_id = session.insert("Documents", "doc_id",
                                           {{"filename", name + std::to_string(i)},
                                            {"path_id", root},
                                            {"uploaded_by_user_id", user_id},
                                            {"uploaded_at", now()}});
        session.insert("Processing_Status", "status_id",
                       {{"doc_id", doc_id}, {"stage_name", "OCR"}, {"status", "Queued"}, {"start_time", now()}});
        enqueue(session, "ocr_queue", doc_id, name, now(), user_id);
    }
}

TEST_F(OutboxPostgresTest, SeveralNodesTakeEachUsersTurnOnce) {
    const db::TemporarySchema schema;
    db::Database database(schema.driver(), 4);
    db::migrate(database);
    database.transaction([](db::Session& session) {
        for (const char* name : {"one", "two", "three"}) {
            add_user_with_documents(session, name, 20);
        }
    });
    {
        std::vector<std::jthread> threads;
        for (int node = 0; node < 4; ++node) {
            threads.emplace_back([&] {
                db::Database own(schema.driver(), 2);
                test::SwitchableBroker broker(own);
                OutboxRelay relay(own, broker, stages_);
                for (int i = 0; i < 30; ++i) {
                    relay.step();
                }
            });
        }
    }
    const auto waiting = database.read(
        [](db::Session& session) { return session.query<std::string>("SELECT body FROM Job_Queue ORDER BY body"); });
    EXPECT_EQ(waiting, (std::vector<std::string>{"one", "three", "two"}));
}

TEST_F(OutboxPostgresTest, ARenameNamesTheBlobsOfThePlatform) {
    const db::TemporarySchema schema;
    db::Database database(schema.driver(), 2);
    db::migrate(database);
    const auto named = database.transaction([](db::Session& session) {
        add_user_with_documents(session, "user", 2);
        const auto path_id = session.insert("Virtual_Paths", "path_id",
                                            {{"full_path", "contracts"}, {"created_at", now()}, {"depth", 1}});
        session.execute("UPDATE Documents SET path_id = ?", path_id);
        session.execute("UPDATE Virtual_Paths SET full_path = 'agreements' WHERE path_id = ?", path_id);
        return session.query<std::string>("SELECT blob_name FROM Documents ORDER BY blob_name");
    });
    EXPECT_EQ(named, (std::vector<std::string>{"contracts/user0", "contracts/user1"}));
}

void wait_for_a_waiting_lock(db::Database& database) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    auto waiting = [](db::Session& session) {
        return session.get<std::int64_t>("SELECT COUNT(*) FROM pg_locks WHERE NOT granted AND locktype <> 'advisory'");
    };
    while (database.read(waiting) == 0 && std::chrono::steady_clock::now() < deadline) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
}

/// The lock that puts events into order is one for all documents: it is taken when nothing is left to do but to commit.
/// The row of the status comes right before it, for its own heartbeat changes it, and every list reads it.
TEST_F(OutboxPostgresTest, WhoWaitsWhileADocumentIsFinishedHoldsUpNoEvent) {
    const db::TemporarySchema schema;
    db::Database database(schema.driver(), 6);
    db::migrate(database);
    struct Ids {
        std::int64_t user_id, doc_id, other_id;
    };
    const Ids ids = database.transaction([](db::Session& session) {
        add_user_with_documents(session, "one", 2);
        const auto user_id = session.get<std::int64_t>("SELECT user_id FROM Users WHERE username = 'one'");
        usage::add_pages(session, user_id, 1);
        return Ids{user_id, session.get<std::int64_t>("SELECT MIN(doc_id) FROM Documents"),
                   session.get<std::int64_t>("SELECT MAX(doc_id) FROM Documents")};
    });
    JobStore store(database, stages_, stages_.ocr());
    const auto job = store.claim(ids.doc_id, "claim");
    ASSERT_TRUE(job.has_value());
    const Task task{
        .job = *job, .place = "", .file = {}, .stop = {}, .report = nullptr, .is_ours = [&](db::Session& session) {
            return JobStore::is_claimed(session, *job);
        }};
    const auto prepare = extraction::prepare_result(database, task, {.pages = std::vector<ocr::Page>(1)}, "text");
    std::future<bool> finished;
    auto others = database.transaction([&](db::Session& session) {
        session.execute("UPDATE Page_Usage SET pages = pages + 1 WHERE user_id = ?", ids.user_id);
        finished = std::async(std::launch::async, [&] { return store.finish(*job, {}, prepare); });
        wait_for_a_waiting_lock(database);
        auto recorded = std::async(std::launch::async, [&] {
            database.transaction([&](db::Session& other) { record_event(other, ids.other_id, ocr_stage); });
        });
        auto renewed = std::async(std::launch::async, [&] { return store.renew(ids.doc_id, "claim"); });
        EXPECT_EQ(recorded.wait_for(std::chrono::seconds(10)), std::future_status::ready);
        EXPECT_EQ(renewed.wait_for(std::chrono::seconds(10)), std::future_status::ready);
        EXPECT_EQ(finished.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
        return std::pair(std::move(recorded), std::move(renewed));  // Waited for behind the commit, should they wait.
    });
    others.first.get();
    EXPECT_TRUE(others.second.get());
    EXPECT_TRUE(finished.get());
}

}  // namespace
}  // namespace nassaq::jobs
