/// Several nodes over one PostgreSQL (tests/support/postgres.py sets NASSAQ_TEST_POSTGRES).

#include <map>
#include <thread>

#include "../db/server_database.hpp"
#include "db/migrate.hpp"
#include "jobs_fixture.hpp"

namespace nassaq::jobs {
namespace {

class OutboxPostgresTest : public testing::Test {
protected:
    void SetUp() override {
        if (db::postgres_for_tests().empty()) {
            GTEST_SKIP() << "no NASSAQ_TEST_POSTGRES";
        }
    }
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
                OutboxRelay relay(own, broker);
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

}  // namespace
}  // namespace nassaq::jobs
