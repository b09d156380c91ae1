#include <future>

#include "jobs/text_deletion.hpp"
#include "jobs_fixture.hpp"

namespace nassaq::jobs {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

/// The text store is away.
class TextOutageTest : public test::JobsTest {
protected:
    template <class Condition>
    static void wait_for(Condition condition) {
        for (int i = 0; i < 5000 && !condition(); ++i) {
            std::this_thread::sleep_for(1ms);
        }
        ASSERT_TRUE(condition());
    }
    void schedule(std::int64_t doc_id) {
        database_.get().transaction([&](db::Session& session) { TextDeletions::schedule(session, doc_id); });
    }

    TextDeletions text_deletions_{database_.get(), *texts_};
};

TEST_F(TextOutageTest, AWorkerHoldsOnToTheTextItHas) {
    const auto doc_id = upload("a.txt", "the text");
    std::atomic<int> extractions = 0;
    const auto worker = make_worker(
        [&](const auto& file, auto filename, auto stop, const auto&) {
            ++extractions;
            return test::read_as_text(file, filename, stop);
        },
        worker_options());
    texts_->is_away = true;
    auto stepping = std::async(std::launch::async, [&] { return step(*worker); });
    wait_for([&] { return texts_->put_calls > 10; });
    EXPECT_EQ(status(doc_id), "Processing");
    texts_->is_away = false;
    EXPECT_TRUE(stepping.get());
    EXPECT_EQ(status(doc_id), "Finished");
    EXPECT_EQ(text_of(doc_id), "the text");
    EXPECT_EQ(attempts(doc_id), 1);
    EXPECT_EQ(extractions, 1);
    EXPECT_EQ(results(doc_id), 1);
}

TEST_F(TextOutageTest, AWorkerThatStopsMeanwhileHandsTheJobBack) {
    const auto doc_id = upload("a.txt", "the text");
    const auto worker = make_worker(test::read_as_text, worker_options());
    texts_->is_away = true;
    relay_all();
    std::stop_source stop;
    auto stepping = std::async(std::launch::async, [&] { return worker->step(stop.get_token()); });
    wait_for([&] { return texts_->put_calls > 2; });
    stop.request_stop();
    stepping.get();
    EXPECT_EQ(status(doc_id), "Queued");
    EXPECT_EQ(attempts(doc_id), 0) << "an outage is no attempt";
    EXPECT_FALSE(is_claimed(doc_id));
    texts_->is_away = false;
    EXPECT_TRUE(step(*worker));
    EXPECT_EQ(status(doc_id), "Finished");
}

TEST_F(TextOutageTest, AWorkerThatLosesItsClaimMeanwhileLetsGo) {
    const auto doc_id = upload("a.txt", "the text");
    Worker::Options options = worker_options();
    options.heartbeat = 10ms;
    const auto worker = make_worker(test::read_as_text, options);
    texts_->is_away = true;
    relay_all();
    auto stepping = std::async(std::launch::async, [&] { return worker->step({}); });
    wait_for([&] { return texts_->put_calls > 2; });
    delete_rows(doc_id);
    EXPECT_TRUE(stepping.get());
    EXPECT_EQ(outbox_rows(), 1) << "whatever text there is, it is to be removed";
    texts_->is_away = false;
    EXPECT_EQ(text_deletions_.step(), 1U);
    EXPECT_THAT(texts_->removed, ElementsAre(doc_id));
    EXPECT_EQ(outbox_rows(), 0);
}

TEST_F(TextOutageTest, ADeletionWaitsForTheStore) {
    texts_->is_away = true;
    schedule(7);
    schedule(8);
    text_deletions_.try_complete(7);
    EXPECT_EQ(text_deletions_.step(), 0U);
    EXPECT_EQ(outbox_rows(), 2);
    texts_->is_away = false;
    EXPECT_EQ(text_deletions_.step(), 2U);
    EXPECT_THAT(texts_->removed, ElementsAre(7, 8));
    EXPECT_EQ(outbox_rows(), 0);
}

TEST_F(TextOutageTest, ADeletionThatIsRefusedWaitsLonger) {
    schedule(7);
    texts_->refuses_removals = true;
    EXPECT_EQ(text_deletions_.step(), 0U);
    texts_->refuses_removals = false;
    EXPECT_EQ(text_deletions_.step(), 0U);
    EXPECT_EQ(outbox_rows(), 1);
    database_.execute("UPDATE Outbox SET available_at = ?", now());
    EXPECT_EQ(text_deletions_.step(), 1U);
}

TEST_F(TextOutageTest, NoRelayCarriesADeletionAway) {
    schedule(7);
    EXPECT_EQ(relay_.step(), 0U);
    EXPECT_EQ(relay_.depth(), 0U);
    EXPECT_EQ(relay_.lag(), 0ms);
    EXPECT_EQ(outbox_rows(), 1);
}

}  // namespace
}  // namespace nassaq::jobs
