#include "jobs/dead_jobs.hpp"

#include "jobs_fixture.hpp"

namespace nassaq::jobs {
namespace {

class DeadJobsTest : public test::JobsTest {
protected:
    std::int64_t fail(const std::string& name) {
        const auto doc_id = upload(name);
        const auto worker =
            make_worker([](const auto&, auto, auto, const auto&) -> std::expected<ocr::Document, ocr::Fault> {
                return std::unexpected(ocr::Fault{.temporary = false, .reason = "The PDF needs a password."});
            });
        EXPECT_TRUE(step(*worker));
        return doc_id;
    }

    std::vector<DeadJob> list() {
        std::vector<DeadJob> jobs;
        visit_dead_jobs(database_.get(), stages_.ocr(), [&](const DeadJob& job) { jobs.push_back(job); });
        return jobs;
    }
};

TEST_F(DeadJobsTest, AreListedWithTheirReasons) {
    EXPECT_TRUE(list().empty());
    const auto doc_id = fail("عقد.pdf");
    upload("alive");
    const auto jobs = list();
    ASSERT_EQ(jobs.size(), 1U);
    EXPECT_EQ(jobs[0].doc_id, doc_id);
    EXPECT_EQ(jobs[0].filename, "عقد.pdf");
    EXPECT_EQ(jobs[0].attempts, 1);
    EXPECT_EQ(jobs[0].reason, "The PDF needs a password.");
    EXPECT_TRUE(jobs[0].failed_at);
}

TEST_F(DeadJobsTest, AreListedBeyondAPage) {
    for (int i = 0; i < 1'100; ++i) {
        const auto doc_id = database_.add_document(std::to_string(i), user_id_, std::nullopt, std::nullopt);
        database_.execute(
            "INSERT INTO Processing_Status (doc_id, stage_name, status, start_time) VALUES (?, 'OCR', 'Failed', ?)",
            doc_id, now());
    }
    EXPECT_EQ(list().size(), 1'100U);
}

TEST_F(DeadJobsTest, ARetryIsANewJob) {
    const auto doc_id = fail("a.pdf");
    EXPECT_TRUE(retry_dead_job(database_.get(), storage_, stages_.ocr(), doc_id));
    EXPECT_EQ(status(doc_id), "Queued");
    EXPECT_EQ(error_message(doc_id), "");
    EXPECT_EQ(attempts(doc_id), 0);
    const auto worker = make_worker();
    ASSERT_TRUE(step(*worker));
    EXPECT_EQ(status(doc_id), "Finished");
    EXPECT_EQ(attempts(doc_id), 1);
    EXPECT_TRUE(list().empty());
}

TEST_F(DeadJobsTest, OnlyTheDeadAreRetried) {
    const auto queued = upload("a");
    EXPECT_FALSE(retry_dead_job(database_.get(), storage_, stages_.ocr(), queued));
    EXPECT_FALSE(retry_dead_job(database_.get(), storage_, stages_.ocr(), 4711));
    EXPECT_EQ(outbox_rows(), 1);
}

}  // namespace
}  // namespace nassaq::jobs
