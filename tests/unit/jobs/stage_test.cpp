/// A stage beside OCR, on each broker: the embedded one, RabbitMQ (tests/support/rabbitmq.py sets NASSAQ_TEST_RABBITMQ)
/// and Service Bus's driver (tests/support/service_bus.py sets NASSAQ_TEST_SERVICE_BUS).
#include "jobs/stage.hpp"

#include <cstdlib>
#include <filesystem>

#include "base/id.hpp"
#include "broker/rabbitmq.hpp"
#include "broker/service_bus.hpp"
#include "jobs/dead_jobs.hpp"
#include "jobs/document_events.hpp"
#include "jobs_fixture.hpp"

namespace nassaq::jobs {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

/// All that a stage takes: it notes the size of the file in the description of the document.
Stage declare_measuring(const std::string& ocr_queue) {
    return {.name = "Measuring",
            .queue = queue_of_stage(ocr_queue, "Measuring"),
            .after = std::string(ocr_stage),
            .max_attempts = 2,
            .backoff = {.base = 1ms, .cap = 1ms}};
}

std::expected<PrepareResult, Fault> measure(const Task& task) {
    const auto size = static_cast<std::int64_t>(std::filesystem::file_size(task.file));
    if (size == 0) {
        return std::unexpected(Fault{.temporary = false, .reason = "The file is empty."});
    }
    task.report({.done = 1, .total = 2});
    return write_once([size, doc_id = task.job.doc_id](db::Session& transaction) {
        transaction.execute("UPDATE Documents SET description = ? WHERE doc_id = ?", std::to_string(size), doc_id);
    });
}

class StageTest : public test::JobsTest {
protected:
    StageTest() { stages_ = Stages({stages_.ocr(), declare_measuring(std::string(queue))}); }

    const Stage& measuring() { return *stages_.find("Measuring"); }

    std::unique_ptr<Worker> make_measuring_worker(Work work = measure) {
        return std::make_unique<Worker>(worker_parts(), measuring(), std::move(work), worker_options());
    }
    bool step_measuring(Worker& worker) {
        relay_all();
        return broker_.depth(measuring().queue) > 0 && worker.step({});
    }
    std::string status_of(std::int64_t doc_id, std::string_view stage) {
        return database_.text("SELECT status FROM Processing_Status WHERE doc_id = ? AND stage_name = ?", doc_id, stage)
            .value_or("(none)");
    }
    std::string description(std::int64_t doc_id) {
        return database_.text("SELECT description FROM Documents WHERE doc_id = ?", doc_id).value_or("");
    }
    /// As the platform leaves them.
    void add_stale_rows(int count) {
        for (int i = 0; i < count; ++i) {
            const auto doc_id =
                database_.add_document("old " + std::to_string(i), user_id_, std::nullopt, std::nullopt);
            database_.execute(
                "INSERT INTO Processing_Status (doc_id, stage_name, status, start_time) "
                "VALUES (?, 'Measuring', 'Queued', ?)",
                doc_id, now() - 24h);
        }
    }
    std::vector<std::string> events() {
        std::vector<std::string> told;
        database_.get().read([&](db::Session& session) {
            for (const DocumentEvent& event :
                 list_events_after(session, 0, *access::reach_of_everything(), 100).events) {
                told.push_back(event.stage_name + " " + event.status);
            }
        });
        return told;
    }
};

TEST_F(StageTest, ComesAfterAnother) {
    const auto doc_id = upload("a.txt", "eleven chars");
    const auto extracting = make_worker();
    const auto worker = make_measuring_worker();
    EXPECT_FALSE(step_measuring(*worker)) << "it comes first";
    ASSERT_TRUE(step(*extracting));
    EXPECT_EQ(status_of(doc_id, "Measuring"), "Queued");
    ASSERT_TRUE(step_measuring(*worker));
    EXPECT_EQ(status_of(doc_id, "Measuring"), "Finished");
    EXPECT_EQ(description(doc_id), "12");
    EXPECT_THAT(events(), ElementsAre("OCR Processing", "OCR Finished", "Measuring Queued", "Measuring Processing",
                                      "Measuring Processing", "Measuring Finished"));
}

TEST_F(StageTest, FailsAlone) {
    const auto doc_id = upload("a.txt", "text");
    const auto extracting = make_worker();
    ASSERT_TRUE(step(*extracting));
    const auto worker = make_measuring_worker([](const Task&) -> std::expected<PrepareResult, Fault> {
        return std::unexpected(Fault{.temporary = true, .reason = "It does not work."});
    });
    while (step_measuring(*worker)) {
    }
    EXPECT_EQ(status_of(doc_id, "Measuring"), "Failed");
    EXPECT_EQ(status_of(doc_id, "OCR"), "Finished");
    EXPECT_EQ(text_of(doc_id), "text");
    EXPECT_EQ(queue_rows(dead_queue(measuring().queue)), 1);
    EXPECT_EQ(queue_rows(dead_queue(queue)), 0);

    std::vector<std::string> reasons;
    visit_dead_jobs(database_.get(), measuring(), [&](const DeadJob& job) { reasons.push_back(job.reason); });
    EXPECT_THAT(reasons, ElementsAre("It does not work."));
    visit_dead_jobs(database_.get(), stages_.ocr(), [](const DeadJob&) { ADD_FAILURE() << "OCR has not failed"; });
    EXPECT_TRUE(retry_dead_job(database_.get(), storage_, measuring(), doc_id));
    const auto well = make_measuring_worker();
    ASSERT_TRUE(step_measuring(*well));
    EXPECT_EQ(description(doc_id), "4");
}

TEST_F(StageTest, IsRecovered) {
    const auto doc_id = upload("a.txt", "text");
    const auto extracting = make_worker();
    ASSERT_TRUE(step(*extracting));
    relay_all();
    ASSERT_TRUE(JobStore(database_.get(), stages_, measuring()).claim(doc_id, "dead/1"));
    database_.execute("UPDATE Processing_Status SET claimed_until = ? WHERE stage_name = 'Measuring'", now() - 1s);
    EXPECT_EQ(recovery_.requeue_expired_claims(), 1U);
    EXPECT_EQ(status_of(doc_id, "Measuring"), "Queued");
    database_.execute("DELETE FROM Job_Queue");
    database_.execute("DELETE FROM Outbox");
    database_.execute("UPDATE Processing_Status SET start_time = ?", now() - 1h);
    EXPECT_EQ(recovery_.requeue_lost_messages(), 1U);
    const auto worker = make_measuring_worker();
    ASSERT_TRUE(step_measuring(*worker));
    EXPECT_EQ(description(doc_id), "4");
}

/// Of what has become out of date nothing is written.
TEST_F(StageTest, BeginsAnewWhenTheOneBeforeItDoes) {
    const auto doc_id = upload("a.txt", "text");
    const auto extracting = make_worker();
    ASSERT_TRUE(step(*extracting));
    bool is_first = true;
    const auto worker = make_measuring_worker([&](const Task& task) {
        if (std::exchange(is_first, false)) {
            database_.get().transaction([&](db::Session& session) {
                EXPECT_TRUE(begin_again(session, stages_.ocr(), message_for(doc_id, "a.txt")));
            });
            EXPECT_TRUE(step(*extracting));
        }
        return measure(task);
    });
    ASSERT_TRUE(step_measuring(*worker));
    EXPECT_EQ(status_of(doc_id, "Measuring"), "Queued");
    EXPECT_EQ(description(doc_id), "");
    ASSERT_TRUE(step_measuring(*worker));
    EXPECT_EQ(description(doc_id), "4");
    EXPECT_FALSE(step_measuring(*worker));
}

TEST_F(StageTest, WhatOthersHaveQueuedIsLeftAlone) {
    add_stale_rows(1'000);
    Recovery recovery(database_.get(), storage_, broker_, stages_, 0s);
    EXPECT_EQ(recovery.step(), 0U);
    relay_all();
    EXPECT_EQ(outbox_rows(), 0);
    EXPECT_EQ(queue_rows(measuring().queue), 0);
    EXPECT_EQ(database_.count("SELECT COUNT(*) FROM Processing_Status WHERE status = 'Queued'"), 1'000);
}

TEST_F(StageTest, WhatOthersHaveQueuedIsBegunOnDemandBehindAllElse) {
    add_stale_rows(250);
    EXPECT_EQ(begin_stale_jobs(database_.get(), storage_, measuring()), 250U);
    EXPECT_EQ(begin_stale_jobs(database_.get(), storage_, measuring()), 0U) << "they are begun";
    EXPECT_EQ(outbox_rows(), 250);

    const auto doc_id = upload("new.txt", "text");
    const auto extracting = make_worker();
    ASSERT_EQ(relay_.step(), 1U);
    EXPECT_EQ(queue_rows(), 1);
    EXPECT_EQ(queue_rows(measuring().queue), 0) << "while somebody has a job";
    ASSERT_TRUE(extracting->step({}));
    ASSERT_EQ(relay_.step(), 1U);
    EXPECT_THAT(bodies(measuring().queue), ElementsAre(testing::HasSubstr("\"doc_id\":" + std::to_string(doc_id))));
    const auto worker = make_measuring_worker();
    ASSERT_TRUE(worker->step({}));
    EXPECT_EQ(relay_.step(), 1U);
    EXPECT_EQ(relay_.step(), 0U) << "one at a time";
    EXPECT_EQ(queue_rows(measuring().queue), 1);
}

TEST_F(StageTest, AMessageOfAnotherStageIsBuried) {
    const auto doc_id = upload("a.txt");
    const std::vector<broker::Message> message{{.id = "1", .body = to_json(message_for(doc_id, "a.txt"))}};
    ASSERT_THAT(broker_.publish(measuring().queue, message), IsEmpty());
    const auto worker = make_measuring_worker();
    ASSERT_TRUE(worker->step({}));
    EXPECT_EQ(queue_rows(dead_queue(measuring().queue)), 1);
    EXPECT_EQ(status_of(doc_id, "Measuring"), "(none)");
}

TEST(Stages, AreDeclaredInTheOrderInWhichTheyCome) {
    const Stage ocr{.name = "OCR", .queue = "q"};
    const Stage second{.name = "Second", .queue = "q.second", .after = "OCR"};
    EXPECT_NO_THROW(Stages({ocr, second}));
    EXPECT_THROW(Stages({second, ocr}), std::invalid_argument);
    EXPECT_THROW(Stages({second}), std::invalid_argument);
    EXPECT_THROW(Stages({ocr, ocr}), std::invalid_argument);
    EXPECT_THROW(Stages({ocr, {.name = "Second", .queue = "q"}}), std::invalid_argument);
    EXPECT_THROW(Stages({ocr, {.name = "it's", .queue = "q.s"}}), std::invalid_argument);
}

class StageOnABroker : public StageTest, public testing::WithParamInterface<const char*> {
protected:
    void SetUp() override {
        const auto environment = [](const char* variable) {
            const char* value = std::getenv(variable);
            return std::string(value == nullptr ? "" : value);
        };
        const std::string rabbitmq = environment("NASSAQ_TEST_RABBITMQ");
        const std::string service_bus = environment("NASSAQ_TEST_SERVICE_BUS");
        const std::string kind = GetParam();
        if (kind == "embedded") {
            on_ = broker::make_embedded_broker(database_.get());
        } else if (kind == "rabbitmq" && !rabbitmq.empty()) {
            on_ = broker::make_rabbitmq_broker(broker::parse_amqp_url(rabbitmq).value(), 1);
        } else if (kind == "service_bus" && !service_bus.empty()) {
            on_ = broker::make_service_bus_broker(broker::parse_service_bus(service_bus).value());
        } else {
            GTEST_SKIP() << "there is no " << kind;
        }
        change_ocr([](Stage& stage) { stage.queue = "stage-test-" + random_uuid(); });
        stages_ = Stages({stages_.ocr(), declare_measuring(stages_.ocr().queue)});
    }

    std::unique_ptr<broker::Broker> on_;
};

TEST_P(StageOnABroker, RunsBehindTheOthers) {
    OutboxRelay relay(database_.get(), *on_, stages_);
    Worker::Parts parts{.database = database_.get(),
                        .broker = *on_,
                        .storage = storage_,
                        .texts = *texts_,
                        .finder = finder_,
                        .spool = spool_,
                        .stages = stages_,
                        .on_change = [&] { relay.notify(); }};
    Worker extracting(parts, stages_.ocr(), extract_with(test::read_as_text), worker_options());
    Worker measuring_worker(parts, measuring(), measure, worker_options());
    std::vector<std::int64_t> ids;
    for (int i = 0; i < 20; ++i) {
        ids.push_back(upload("file " + std::to_string(i), std::string(static_cast<std::size_t>(i), 'x') + " text"));
    }
    database_.execute("UPDATE Outbox SET queue_name = ?", stages_.ocr().queue);
    const auto run = [](auto step) {
        return std::jthread([step](const std::stop_token& stop) {
            while (!stop.stop_requested()) {
                step(stop);
            }
        });
    };
    {
        const auto relaying = run([&](const std::stop_token& stop) {
            if (relay.step() == 0) relay.wait(stop);
        });
        const auto first = run([&](const std::stop_token& stop) { extracting.step(stop); });
        const auto second = run([&](const std::stop_token& stop) { measuring_worker.step(stop); });
        const auto end = std::chrono::steady_clock::now() + 60s;
        while (database_.count("SELECT COUNT(*) FROM Processing_Status WHERE status = 'Finished'") < 40 &&
               std::chrono::steady_clock::now() < end) {
            std::this_thread::sleep_for(20ms);
        }
    }
    for (std::size_t i = 0; i < ids.size(); ++i) {
        EXPECT_EQ(status_of(ids[i], "Measuring"), "Finished");
        EXPECT_EQ(description(ids[i]), std::to_string(i + 5));
    }
}

INSTANTIATE_TEST_SUITE_P(Brokers, StageOnABroker, testing::Values("embedded", "rabbitmq", "service_bus"),
                         [](const auto& parameter) { return parameter.param; });

}  // namespace
}  // namespace nassaq::jobs
