#include "jobs/job_store.hpp"

#include "jobs_fixture.hpp"
#include "usage/usage.hpp"

namespace nassaq::jobs {
namespace {

class JobStoreTest : public test::JobsTest {
protected:
    void use_up_pages() {
        database_.get().transaction([&](db::Session& session) {
            usage::set_user_quota(session, user_id_, {.bytes = {}, .documents = {}, .pages_per_day = 1});
            session.execute("INSERT INTO Page_Usage (user_id, usage_day, pages) VALUES (?, ?, 1)", user_id_,
                            usage::day_of(now()));
        });
    }
    std::int64_t messages_for_later() {
        return database_.count("SELECT COUNT(*) FROM Outbox WHERE available_at > ?", now());
    }

    JobStore store_ = job_store();
};

/// A worker may be faster than the relay, which deletes a message only after the broker has taken it.
TEST_F(JobStoreTest, PostponesAMessageThatIsInTheOutboxStill) {
    const auto doc_id = upload("a");
    use_up_pages();
    ASSERT_EQ(outbox_rows(), 1);
    EXPECT_TRUE(store_.postpone(message_for(doc_id, "a")));
    EXPECT_EQ(messages_for_later(), 1);
}

TEST_F(JobStoreTest, PostponesAMessageThatComesTwiceOnce) {
    const auto doc_id = upload("a");
    use_up_pages();
    EXPECT_TRUE(store_.postpone(message_for(doc_id, "a")));
    EXPECT_TRUE(store_.postpone(message_for(doc_id, "a")));
    EXPECT_EQ(messages_for_later(), 1);
}

TEST_F(JobStoreTest, PostponesNothingWhilePagesAreLeft) {
    const auto doc_id = upload("a");
    EXPECT_FALSE(store_.postpone(message_for(doc_id, "a")));
    EXPECT_EQ(messages_for_later(), 0);
}

}  // namespace
}  // namespace nassaq::jobs
