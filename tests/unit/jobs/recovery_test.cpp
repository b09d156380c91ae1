#include "jobs/recovery.hpp"

#include "jobs_fixture.hpp"

namespace nassaq::jobs {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class RecoveryTest : public test::JobsTest {
protected:
    /// A document in the middle of being processed.
    std::int64_t claimed(const std::string& name) {
        const auto doc_id = upload(name);
        database_.execute("DELETE FROM Outbox WHERE doc_id = ?", doc_id);
        EXPECT_TRUE(job_store().claim(doc_id, "dead/" + name));
        return doc_id;
    }
    std::string outbox_body() { return database_.text("SELECT body FROM Outbox").value_or(""); }
};

TEST_F(RecoveryTest, LeavesALivingClaimAlone) {
    const auto doc_id = claimed("a");
    EXPECT_EQ(recovery_.step(), 0U);
    EXPECT_EQ(status(doc_id), "Processing");
}

TEST_F(RecoveryTest, QueuesAnExpiredClaimAgainWithAWholeMessage) {
    const auto doc_id = claimed("عقد");
    expire_claim(doc_id);
    EXPECT_EQ(recovery_.step(), 1U);
    EXPECT_EQ(status(doc_id), "Queued");
    EXPECT_FALSE(is_claimed(doc_id));
    EXPECT_EQ(attempts(doc_id), 1);
    EXPECT_EQ(outbox_body(), to_json(message_for(doc_id, "عقد")));
    EXPECT_EQ(recovery_.step(), 0U);
}

TEST_F(RecoveryTest, GivesUpADocumentThatEndsItsWorkerEachTime) {
    const auto doc_id = claimed("a");
    for (int death = 2; death <= 5; ++death) {
        expire_claim(doc_id);
        ASSERT_EQ(recovery_.step(), 1U);
        ASSERT_TRUE(job_store().claim(doc_id, "dead/" + std::to_string(death)));
    }
    database_.execute("DELETE FROM Outbox");
    expire_claim(doc_id);
    EXPECT_EQ(recovery_.step(), 1U);
    EXPECT_EQ(status(doc_id), "Failed");
    EXPECT_FALSE(is_claimed(doc_id));
    EXPECT_THAT(error_message(doc_id), HasSubstr("several times"));
    EXPECT_TRUE(database_.text("SELECT end_time FROM Processing_Status"));
    EXPECT_EQ(database_.text("SELECT queue_name FROM Outbox"), "ocr_queue.dead");
    EXPECT_EQ(recovery_.step(), 0U);
}

TEST_F(RecoveryTest, LeavesTheDocumentsOfThePythonWorkerAlone) {
    const auto doc_id = claimed("a");
    database_.execute("UPDATE Processing_Status SET claimed_by = NULL, claimed_until = NULL");
    EXPECT_EQ(recovery_.step(), 0U);
    EXPECT_EQ(status(doc_id), "Processing");
}

TEST_F(RecoveryTest, DerivesTheUrlOfADocumentWithoutABlobName) {
    const auto doc_id = claimed("a.txt");
    database_.execute("UPDATE Documents SET blob_name = NULL");
    expire_claim(doc_id);
    ASSERT_EQ(recovery_.step(), 1U);
    EXPECT_THAT(outbox_body(), HasSubstr(R"("file_path":"local:///blobs/a.txt")"));

    database_.execute("DELETE FROM Outbox");
    database_.execute("INSERT INTO Virtual_Paths (full_path, created_at, depth) VALUES ('x/y', ?, 2)", now());
    database_.execute("UPDATE Documents SET path_id = (SELECT path_id FROM Virtual_Paths WHERE full_path = 'x/y')");
    ASSERT_TRUE(job_store().claim(doc_id, "dead/2"));
    expire_claim(doc_id);
    ASSERT_EQ(recovery_.step(), 1U);
    EXPECT_THAT(outbox_body(), HasSubstr(R"("file_path":"local:///blobs/x/y/a.txt")"));
}

TEST_F(RecoveryTest, SeveralAtOnceQueueEachDocumentOnce) {
    constexpr int documents = 30;
    for (int i = 0; i < documents; ++i) {
        expire_claim(claimed(std::to_string(i)));
    }
    std::atomic<std::size_t> requeued = 0;
    {
        std::vector<std::jthread> recovering;
        for (int i = 0; i < 4; ++i) {
            recovering.emplace_back([&] { requeued += recovery_.requeue_expired_claims(); });
        }
    }
    EXPECT_EQ(requeued, static_cast<std::size_t>(documents));
    EXPECT_EQ(outbox_rows(), documents);
}

TEST_F(RecoveryTest, HandlesMoreThanABatch) {
    for (int i = 0; i < 120; ++i) {
        expire_claim(claimed(std::to_string(i)));
    }
    EXPECT_EQ(recovery_.requeue_expired_claims(), 100U);
    EXPECT_EQ(recovery_.requeue_expired_claims(), 20U);
}

TEST_F(RecoveryTest, FindsADocumentWhoseMessageIsLost) {
    const auto doc_id = upload("a");
    database_.execute("DELETE FROM Outbox");
    EXPECT_EQ(recovery_.step(), 0U) << "it may have been queued only now";
    database_.execute("UPDATE Processing_Status SET start_time = ?", now() - std::chrono::minutes{10});
    EXPECT_EQ(recovery_.step(), 1U);
    EXPECT_EQ(outbox_body(), to_json(message_for(doc_id, "a")));
    EXPECT_EQ(recovery_.step(), 0U) << "its message waits in the outbox";
    relay_all();
    EXPECT_EQ(recovery_.step(), 0U) << "its message waits in the queue";
}

TEST_F(RecoveryTest, FindsALostMessageBehindManyThatWaitForTheirTurn) {
    database_.get().transaction([&](db::Session& session) {
        for (int i = 0; i < 2'500; ++i) {
            const std::string name = std::to_string(i);
            const auto doc_id = session.insert(
                "Documents", "doc_id",
                {{"filename", name}, {"path_id", 1}, {"uploaded_by_user_id", user_id_}, {"uploaded_at", now()}});
            session.insert("Processing_Status", "status_id",
                           {{"doc_id", doc_id},
                            {"stage_name", "OCR"},
                            {"status", "Queued"},
                            {"start_time", now() - std::chrono::minutes{10}}});
            if (i != 2'400) {
                enqueue(session, queue, doc_id, "{}", now(), user_id_);
            }
        }
    });
    EXPECT_EQ(recovery_.requeue_lost_messages(), 0U) << "one step looks at some of them";
    EXPECT_EQ(recovery_.requeue_lost_messages(), 1U);
    EXPECT_EQ(outbox_rows(), 2'500);
}

TEST_F(RecoveryTest, ABrokerThatIsAwayMayStillHaveTheMessage) {
    upload("a");
    database_.execute("DELETE FROM Outbox");
    database_.execute("UPDATE Processing_Status SET start_time = ?", now() - std::chrono::minutes{10});
    broker_.is_away = true;
    EXPECT_EQ(recovery_.step(), 0U);
    EXPECT_EQ(outbox_rows(), 0);
    broker_.is_away = false;
    EXPECT_EQ(recovery_.step(), 1U);
}

/// As a node writes it whose clock is an hour ahead.
class AheadTest : public RecoveryTest {
protected:
    void put_claim_ahead(std::int64_t doc_id, std::chrono::milliseconds by = 0ms) {
        database_.execute("UPDATE Processing_Status SET claimed_until = ? WHERE doc_id = ?", end_ + by, doc_id);
    }
    Timestamp end_ = now() + 1h;
    Stages short_{[] {
        Stage stage = extraction::make_stage({.queue = std::string(queue)});
        stage.lease = 50ms;
        return std::vector{stage};
    }()};
    Recovery quick_{database_.get(), storage_, broker_, short_};
};

TEST_F(AheadTest, AClaimThatNobodyRenewsIsTakenBackAfterALease) {
    const auto doc_id = claimed("a");
    put_claim_ahead(doc_id);
    EXPECT_EQ(quick_.step(), 0U) << "its worker may be alive";
    std::this_thread::sleep_for(60ms);
    EXPECT_EQ(quick_.step(), 1U);
    EXPECT_EQ(status(doc_id), "Queued");
    EXPECT_EQ(outbox_body(), to_json(message_for(doc_id, "a")));
}

TEST_F(AheadTest, AClaimThatIsRenewedStays) {
    const auto doc_id = claimed("a");
    for (int beat = 0; beat < 4; ++beat) {
        put_claim_ahead(doc_id, beat * 20ms);
        EXPECT_EQ(quick_.step(), 0U);
        std::this_thread::sleep_for(30ms);
    }
    EXPECT_EQ(status(doc_id), "Processing");
}

TEST_F(AheadTest, AMessageIsDueAtOnce) {
    const auto doc_id = upload("a");
    database_.execute("UPDATE Outbox SET created_at = ?, available_at = ?", end_, end_);
    EXPECT_EQ(relay_.step(), 0U);
    EXPECT_EQ(recovery_.bring_forward_messages(), 1U);
    EXPECT_EQ(relay_.step(), 1U);
    EXPECT_THAT(bodies(queue), testing::ElementsAre(to_json(message_for(doc_id, "a"))));
}

TEST_F(AheadTest, AMessageThatIsMeantForLaterStaysSo) {
    upload("a");
    database_.execute("UPDATE Outbox SET available_at = ?", now() + std::chrono::minutes{10});
    EXPECT_EQ(recovery_.bring_forward_messages(), 0U);
    EXPECT_EQ(relay_.step(), 0U);
}

TEST_F(AheadTest, ALostMessageIsFound) {
    const auto doc_id = upload("a");
    database_.execute("DELETE FROM Outbox");
    database_.execute("UPDATE Processing_Status SET start_time = ? WHERE doc_id = ?", end_, doc_id);
    EXPECT_EQ(recovery_.step(), 1U);
}

TEST_F(AheadTest, AMessageThatARelayHasClaimedGoesOut) {
    upload("a");
    database_.execute("UPDATE Outbox SET claimed_until = ?", end_);
    EXPECT_EQ(relay_.step(), 1U);
}

TEST_F(AheadTest, AMessageOnLoanIsDeliveredAgain) {
    upload("a");
    relay_all();
    ASSERT_TRUE(broker_.receive(queue, {}));
    EXPECT_EQ(broker_.depth(queue), 0U);
    database_.execute("UPDATE Job_Queue SET claimed_until = ?", end_);
    EXPECT_EQ(broker_.depth(queue), 1U);
    EXPECT_TRUE(broker_.receive(queue, {}));
}

TEST_F(RecoveryTest, NothingToDoTakesNoWriter) {
    claimed("a");
    database_.get().transaction([&](db::Session& session) {
        session.execute("DELETE FROM Outbox");
        const auto begin = std::chrono::steady_clock::now();
        std::jthread([&] { EXPECT_EQ(recovery_.step(), 0U); }).join();
        EXPECT_LT(std::chrono::steady_clock::now() - begin, 1s);
    });
}

TEST_F(RecoveryTest, ReadsOnlyDocumentsAtWork) {
    const std::string plan = database_.query_plan(
        "SELECT status_id FROM Processing_Status WHERE claimed_until < 'x' AND stage_name = 'OCR' AND "
        "status = 'Processing' ORDER BY claimed_until, status_id");
    EXPECT_THAT(plan, HasSubstr("SEARCH"));
    EXPECT_THAT(plan, testing::Not(HasSubstr("SCAN")));
    EXPECT_THAT(database_.query_plan("SELECT outbox_id FROM Outbox WHERE available_at > 'x' AND created_at > 'x' "
                                     "ORDER BY available_at, outbox_id LIMIT 100"),
                testing::AllOf(HasSubstr("ix_outbox_available_at"), testing::Not(HasSubstr("SCAN"))));
}

}  // namespace
}  // namespace nassaq::jobs
