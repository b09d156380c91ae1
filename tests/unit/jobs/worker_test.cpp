#include "jobs/worker.hpp"

#include <future>
#include <optional>
#include <vector>

#include "jobs/document_events.hpp"
#include "jobs_fixture.hpp"

namespace nassaq::jobs {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::SizeIs;

std::unexpected<ocr::Fault> fault(bool temporary, std::string reason) {
    return std::unexpected(ocr::Fault{.temporary = temporary, .reason = std::move(reason)});
}

class WorkerTest : public test::JobsTest {
protected:
    static Extract failing(bool temporary, std::string reason = "It failed.") {
        return [=](const auto&, auto, auto, const auto&) { return fault(temporary, reason); };
    }
    /// Until the retry that the outbox holds is due.
    std::chrono::milliseconds retry_delay() {
        const auto due = database_.get().read(
            [](db::Session& session) { return session.get<Timestamp>("SELECT available_at FROM Outbox"); });
        return std::chrono::round<std::chrono::milliseconds>(due - now());
    }
    bool spool_is_empty() {
        int files = 0;
        for (const auto& entry : std::filesystem::directory_iterator(spool_.directory())) {
            const auto& path = entry.path();
            files += path.filename() == "lock" || path.extension() == ".spare" ? 0 : 1;
        }
        return files == 0;
    }
};

TEST_F(WorkerTest, TellsOfItsProgress) {
    const auto doc_id = upload("a.txt", "the text");
    auto options = worker_options();
    options.progress = 0ms;
    const auto worker = make_worker(
        [&](const auto& file, auto filename, auto stop, const ocr::ReportProgress& report) {
            for (std::int64_t page = 0; page <= 3; ++page) report({.pages_done = page, .pages = 3});
            EXPECT_EQ(database_.count("SELECT pages_done FROM Processing_Status WHERE doc_id = ?", doc_id), 2);
            return test::read_as_text(file, filename, stop);
        },
        options);
    EXPECT_TRUE(step(*worker));
    const auto events = database_.get().read(
        [](db::Session& session) { return list_events_after(session, 0, *access::reach_of_everything(), 100).events; });
    std::vector<std::string> story;
    for (const DocumentEvent& event : events) {
        story.push_back(event.pages ? std::to_string(*event.pages_done) + "/" + std::to_string(*event.pages)
                                    : event.status);
    }
    EXPECT_THAT(story, testing::ElementsAre("Processing", "0/3", "1/3", "2/3", "Finished"));
}

TEST_F(WorkerTest, TellsOfItsProgressNotTooOften) {
    const auto doc_id = upload("a.txt", "the text");
    const auto worker = make_worker([&](const auto& file, auto filename, auto stop, const ocr::ReportProgress& report) {
        for (std::int64_t page = 0; page < 1000; ++page) report({.pages_done = page, .pages = 1000});
        EXPECT_EQ(database_.count("SELECT pages_done FROM Processing_Status WHERE doc_id = ?", doc_id), 0);
        return test::read_as_text(file, filename, stop);
    });
    EXPECT_TRUE(step(*worker));
}

TEST_F(WorkerTest, TakesADocumentFromQueuedToFinished) {
    const auto doc_id = upload("a.txt", "the text");
    EXPECT_EQ(status(doc_id), "Queued");
    std::string status_while_at_work;
    const auto worker = make_worker([&](const auto& file, auto filename, auto stop, const auto&) {
        status_while_at_work = status(doc_id);
        EXPECT_TRUE(is_claimed(doc_id));
        EXPECT_EQ(filename, "a.txt");
        return test::read_as_text(file, filename, stop);
    });
    EXPECT_TRUE(step(*worker));
    EXPECT_EQ(status_while_at_work, "Processing");
    EXPECT_EQ(status(doc_id), "Finished");
    EXPECT_EQ(error_message(doc_id), "");
    EXPECT_FALSE(is_claimed(doc_id));
    EXPECT_EQ(attempts(doc_id), 1);
    EXPECT_EQ(text_of(doc_id), "the text");
    EXPECT_EQ(results(doc_id), 1);
    EXPECT_TRUE(database_.text("SELECT end_time FROM Processing_Status WHERE doc_id = ?", doc_id));
    EXPECT_TRUE(database_.text("SELECT updated_at FROM Documents WHERE doc_id = ?", doc_id));
    EXPECT_EQ(database_.text("SELECT mongo_doc_id FROM Documents WHERE doc_id = ?", doc_id),
              database_.text("SELECT text_id FROM Document_Text WHERE doc_id = ?", doc_id));
    EXPECT_EQ(queue_rows(), 0);
    EXPECT_EQ(outbox_rows(), 0);
    EXPECT_TRUE(spool_is_empty());
}

TEST_F(WorkerTest, WritesTheResultRow) {
    const auto doc_id = upload("a.txt");
    const auto worker = make_worker([](const auto&, auto, auto, const auto&) {
        return ocr::Document{.pages = {{.number = 1, .text = "عقد"}, {.number = 2, .text = "b"}},
                             .word_count = 42,
                             .average_confidence = 0.75,
                             .primary_language = "ar"};
    });
    ASSERT_TRUE(step(*worker));
    EXPECT_EQ(database_.count("SELECT COUNT(*) FROM Ocr_Results WHERE doc_id = ? AND page_count = 2 AND "
                              "word_count = 42 AND avg_confidence = 0.75 AND primary_language = 'ar' AND "
                              "cost_usd_ocr = 0 AND processed_at IS NOT NULL",
                              doc_id),
              1);
}

TEST_F(WorkerTest, AMessageDeliveredTwiceIsProcessedOnce) {
    const auto doc_id = upload("a.txt");
    database_.get().transaction([&](db::Session& session) {
        for (int i = 0; i < 3; ++i) {
            enqueue(session, queue, doc_id, to_json(message_for(doc_id, "a.txt")), now());
        }
    });
    int extractions = 0;
    const auto worker = make_worker([&](const auto& file, auto filename, auto stop, const auto&) {
        ++extractions;
        return test::read_as_text(file, filename, stop);
    });
    while (step(*worker)) {
    }
    EXPECT_EQ(extractions, 1);
    EXPECT_EQ(status(doc_id), "Finished");
    EXPECT_EQ(results(doc_id), 1);
    EXPECT_EQ(queue_rows(), 0);
}

TEST_F(WorkerTest, ALostAcknowledgementDoesNoHarm) {
    const auto doc_id = upload("a.txt");
    const auto worker = make_worker();
    broker_.loses_acknowledgements = true;
    ASSERT_TRUE(step(*worker));
    EXPECT_EQ(status(doc_id), "Finished");
    EXPECT_EQ(queue_rows(), 1);
    broker_.loses_acknowledgements = false;
    database_.execute("UPDATE Job_Queue SET claimed_until = NULL");
    ASSERT_TRUE(step(*worker));
    EXPECT_EQ(attempts(doc_id), 1);
    EXPECT_EQ(queue_rows(), 0);
}

TEST_F(WorkerTest, ProcessesAgainWhatIsQueuedAgain) {
    const auto doc_id = upload("a.txt");
    const auto worker = make_worker();
    ASSERT_TRUE(step(*worker));
    database_.execute("UPDATE Ocr_Results SET category = 'lease'");
    const auto text_id = database_.text("SELECT mongo_doc_id FROM Documents WHERE doc_id = ?", doc_id);
    database_.execute("UPDATE Processing_Status SET status = 'Queued', attempts = 0");
    database_.get().transaction(
        [&](db::Session& session) { enqueue(session, queue, doc_id, to_json(message_for(doc_id, "a.txt")), now()); });
    ASSERT_TRUE(step(*worker));
    EXPECT_EQ(status(doc_id), "Finished");
    EXPECT_EQ(results(doc_id), 1);
    EXPECT_EQ(database_.text("SELECT category FROM Ocr_Results"), "lease");
    EXPECT_EQ(database_.text("SELECT mongo_doc_id FROM Documents WHERE doc_id = ?", doc_id), text_id);
}

TEST_F(WorkerTest, ADocumentAtFaultFailsAtOnce) {
    const auto doc_id = upload("a.pdf");
    const auto worker = make_worker(failing(false, "The PDF needs a password."));
    ASSERT_TRUE(step(*worker));
    EXPECT_EQ(status(doc_id), "Failed");
    EXPECT_EQ(error_message(doc_id), "The PDF needs a password.");
    EXPECT_FALSE(is_claimed(doc_id));
    EXPECT_TRUE(database_.text("SELECT end_time FROM Processing_Status WHERE doc_id = ?", doc_id));
    EXPECT_EQ(queue_rows(), 0);
    relay_all();
    const auto dead = bodies("ocr_queue.dead");
    ASSERT_THAT(dead, SizeIs(1));
    EXPECT_EQ(parse_message(dead[0]).value().doc_id, doc_id);
    EXPECT_THAT(dead[0], HasSubstr("The PDF needs a password."));
    EXPECT_EQ(database_.text("SELECT mongo_doc_id FROM Documents WHERE doc_id = ?", doc_id), "pending");
}

TEST_F(WorkerTest, ATemporaryFaultIsTriedAgainWithGrowingDelays) {
    const auto doc_id = upload("a.txt");
    const auto worker = make_worker(failing(true, "No memory was left."));
    std::vector<std::chrono::milliseconds> delays;
    for (int attempt = 1; attempt <= 4; ++attempt) {
        ASSERT_TRUE(step(*worker));
        EXPECT_EQ(status(doc_id), "Queued");
        EXPECT_EQ(attempts(doc_id), attempt);
        EXPECT_FALSE(is_claimed(doc_id));
        EXPECT_EQ(queue_rows(), 0);
        delays.push_back(retry_delay());
    }
    for (std::size_t i = 0; i < delays.size(); ++i) {
        const auto whole = std::chrono::milliseconds{5000 << i};
        EXPECT_GE(delays[i], whole / 2 - 1s);
        EXPECT_LE(delays[i], whole);
    }
    ASSERT_TRUE(step(*worker));
    EXPECT_EQ(status(doc_id), "Failed");
    EXPECT_EQ(error_message(doc_id), "No memory was left.");
    EXPECT_EQ(attempts(doc_id), 5);
    relay_all();
    EXPECT_THAT(bodies("ocr_queue.dead"), SizeIs(1));
    EXPECT_FALSE(step(*worker));
}

TEST_F(WorkerTest, ARetryThatSucceedsLeavesNoTraceOfTheFault) {
    const auto doc_id = upload("a.txt");
    int calls = 0;
    const auto worker = make_worker(
        [&](const auto& file, auto filename, auto stop, const auto&) -> std::expected<ocr::Document, ocr::Fault> {
            if (++calls < 3) {
                return fault(true, "A passing fault.");
            }
            return test::read_as_text(file, filename, stop);
        });
    while (step(*worker)) {
    }
    EXPECT_EQ(status(doc_id), "Finished");
    EXPECT_EQ(error_message(doc_id), "");
    EXPECT_EQ(attempts(doc_id), 3);
}

TEST_F(WorkerTest, AnExceptionIsATemporaryFaultWhoseTextStaysInside) {
    const auto doc_id = upload("a.txt");
    const auto worker =
        make_worker([](const auto&, auto, auto, const auto&) -> std::expected<ocr::Document, ocr::Fault> {
            throw std::runtime_error("password=secret");
        });
    for (int attempt = 0; attempt < 5; ++attempt) {
        ASSERT_TRUE(step(*worker));
    }
    EXPECT_EQ(status(doc_id), "Failed");
    EXPECT_THAT(error_message(doc_id), HasSubstr("problem on the server"));
    EXPECT_THAT(error_message(doc_id), testing::Not(HasSubstr("secret")));
}

TEST_F(WorkerTest, AStorageThatIsAwayIsAPassingFault) {
    const auto doc_id = upload("a.txt");
    const auto worker = make_worker();
    storage_.is_away = true;
    ASSERT_TRUE(step(*worker));
    EXPECT_EQ(status(doc_id), "Queued");
    storage_.is_away = false;
    ASSERT_TRUE(step(*worker));
    EXPECT_EQ(status(doc_id), "Finished");
}

TEST_F(WorkerTest, AMissingFileFails) {
    const auto doc_id = upload("a.txt");
    storage_.remove("a.txt");
    const auto worker = make_worker();
    ASSERT_TRUE(step(*worker));
    EXPECT_EQ(status(doc_id), "Failed");
    EXPECT_EQ(error_message(doc_id), "The stored file is missing.");
}

TEST_F(WorkerTest, ADamagedFileIsNotRead) {
    const auto doc_id = upload("a.txt", "original");
    storage_.remove("a.txt");
    ASSERT_TRUE(storage_.upload("a.txt", spooled("changed!"), ""));
    bool extracted = false;
    const auto worker = make_worker([&](const auto& file, auto filename, auto stop, const auto&) {
        extracted = true;
        return test::read_as_text(file, filename, stop);
    });
    for (int attempt = 0; attempt < 5; ++attempt) {
        ASSERT_TRUE(step(*worker));
    }
    EXPECT_FALSE(extracted);
    EXPECT_EQ(status(doc_id), "Failed");
    EXPECT_THAT(error_message(doc_id), HasSubstr("damaged"));
}

TEST_F(WorkerTest, ReadsALargeFileInPieces) {
    const std::string content(3'000'001, 'x');
    const auto doc_id = upload("a.txt", content);
    std::uintmax_t size = 0;
    const auto worker = make_worker([&](const auto& file, auto, auto, const auto&) {
        size = std::filesystem::file_size(file);
        return ocr::Document{};
    });
    ASSERT_TRUE(step(*worker));
    EXPECT_EQ(size, content.size());
    EXPECT_EQ(status(doc_id), "Finished");
    EXPECT_EQ(results(doc_id), 1);
}

TEST_F(WorkerTest, ReadsTheStoredFileItselfWhereItCanAndACopyElsewhere) {
    for (const bool is_on_another_disk : {false, true}) {
        storage_.is_on_another_disk = is_on_another_disk;
        const std::string name = is_on_another_disk ? "far.txt" : "near.txt";
        const auto doc_id = upload(name);
        bool is_the_file = false;
        const auto worker = make_worker([&](const auto& file, auto filename, auto stop, const auto&) {
            is_the_file = std::filesystem::equivalent(file, folder_ / "blobs" / name);
            return test::read_as_text(file, filename, stop);
        });
        ASSERT_TRUE(step(*worker));
        EXPECT_EQ(is_the_file, !is_on_another_disk);
        EXPECT_EQ(status(doc_id), "Finished");
        EXPECT_EQ(text_of(doc_id), "some text");
        EXPECT_EQ(std::filesystem::hard_link_count(folder_ / "blobs" / name), 1U);
    }
}

TEST_F(WorkerTest, ReadsOnWhenTheBlobIsRemovedMeanwhile) {
    const auto doc_id = upload("a.txt");
    const auto worker = make_worker([&](const auto& file, auto filename, auto stop, const auto&) {
        storage_.remove("a.txt");
        return test::read_as_text(file, filename, stop);
    });
    ASSERT_TRUE(step(*worker));
    EXPECT_EQ(text_of(doc_id), "some text");
}

TEST_F(WorkerTest, FindsTheBlobOfADocumentOfThePythonPlatform) {
    const auto doc_id = upload("عقد 1.txt", "theirs");
    database_.execute("UPDATE Documents SET blob_name = NULL, sha256 = NULL");
    database_.execute("UPDATE Outbox SET body = ?",
                      R"({"doc_id": )" + std::to_string(doc_id) +
                          R"(, "file_path": "https://acc.blob.core.windows.net/docs/%D8%B9%D9%82%D8%AF%201.txt",)" +
                          R"( "filename": "\u0639\u0642\u062f 1.txt", "user_id": 1})");
    const auto worker = make_worker();
    ASSERT_TRUE(step(*worker));
    EXPECT_EQ(status(doc_id), "Finished");
    EXPECT_EQ(text_of(doc_id), "theirs");
}

TEST_F(WorkerTest, ABlobNameThatCanBeNoneIsAMissingFile) {
    for (const char* file_path : {"https://host/docs/../../etc/passwd", "", "https://host"}) {
        const auto doc_id = upload("a.txt");
        database_.execute("UPDATE Documents SET blob_name = NULL");
        database_.execute("DELETE FROM Outbox");
        database_.get().transaction([&](db::Session& session) {
            enqueue(session, queue, doc_id,
                    to_json({.doc_id = doc_id, .file_path = file_path, .filename = "a.txt", .user_id = {}}), now());
        });
        storage_.remove("a.txt");  // Where its row says that it is.
        const auto worker = make_worker();
        ASSERT_TRUE(step(*worker));
        EXPECT_EQ(error_message(doc_id), "The stored file is missing.") << file_path;
        delete_rows(doc_id);
    }
}

TEST_F(WorkerTest, AForeignMessageGoesToTheDeadQueueAsItIs) {
    const std::vector<broker::Message> messages{{"x1", "not json"}, {"x2", R"({"doc_id":"seven"})"}};
    EXPECT_THAT(broker_.publish(queue, messages), testing::IsEmpty());
    const auto worker = make_worker();
    ASSERT_TRUE(step(*worker));
    ASSERT_TRUE(step(*worker));
    EXPECT_EQ(queue_rows(), 0);
    EXPECT_THAT(bodies("ocr_queue.dead"), testing::ElementsAre("not json", R"({"doc_id":"seven"})"));
}

TEST_F(WorkerTest, AMessageOfADeletedDocumentIsDropped) {
    const auto doc_id = upload("a.txt");
    delete_rows(doc_id);
    const auto worker = make_worker();
    ASSERT_TRUE(step(*worker));
    EXPECT_EQ(queue_rows(), 0);
    EXPECT_EQ(outbox_rows(), 0);
}

/// A text store without the foreign key of ours, as a document database is.
class LooseTextStore final : public texts::TextStore {
public:
    std::string put(const texts::Subject& subject, const ocr::Document&) override {
        kept.insert(subject.doc_id);
        return "loose";
    }
    bool visit_pages(std::int64_t, const std::function<void(const ocr::Page&)>&) override { return false; }
    std::unique_ptr<texts::TextReader> read(std::int64_t) override { return nullptr; }
    void remove(std::int64_t doc_id) override { kept.erase(doc_id); }
    void check() override {}

    std::set<std::int64_t> kept;
};

TEST_F(WorkerTest, ADocumentDeletedMeanwhileLeavesNothing) {
    LooseTextStore loose;
    const auto doc_id = upload("a.txt");
    Worker::Parts parts = worker_parts();
    Worker worker({.database = parts.database,
                   .broker = parts.broker,
                   .storage = parts.storage,
                   .texts = loose,
                   .finder = parts.finder,
                   .spool = parts.spool,
                   .stages = parts.stages},
                  stages_.ocr(),
                  extract_with(
                      [&](const auto& file, auto filename, auto stop, const auto&) {
                          delete_rows(doc_id);
                          return test::read_as_text(file, filename, stop);
                      },
                      loose),
                  worker_options());
    ASSERT_TRUE(step(worker));
    EXPECT_TRUE(loose.kept.empty());
    EXPECT_EQ(results(doc_id), 0);
    EXPECT_EQ(queue_rows(), 0);
    EXPECT_EQ(outbox_rows(), 0);
}

TEST_F(WorkerTest, ADocumentDeletedMeanwhileIsDroppedWithTheSqlStoreToo) {
    const auto doc_id = upload("a.txt");
    const auto worker = make_worker([&](const auto& file, auto filename, auto stop, const auto&) {
        delete_rows(doc_id);
        return test::read_as_text(file, filename, stop);
    });
    ASSERT_TRUE(step(*worker));
    EXPECT_EQ(text_of(doc_id), "");
    EXPECT_EQ(queue_rows(), 0);
    EXPECT_EQ(outbox_rows(), 0);
}

TEST_F(WorkerTest, AFaultOfADeletedDocumentIsDropped) {
    const auto doc_id = upload("a.txt");
    const auto worker = make_worker([&](const auto&, auto, auto, const auto&) {
        delete_rows(doc_id);
        return fault(false, "Whatever.");
    });
    ASSERT_TRUE(step(*worker));
    EXPECT_EQ(outbox_rows(), 0);
}

TEST_F(WorkerTest, AStopHandsTheJobBackUncounted) {
    const auto doc_id = upload("a.txt");
    std::stop_source stop;
    const auto worker = make_worker([&](const auto&, auto, const std::stop_token& told, const auto&) {
        stop.request_stop();
        EXPECT_TRUE(told.stop_requested());
        return fault(true, "Interrupted.");
    });
    relay_all();
    EXPECT_TRUE(worker->step(stop.get_token()));
    EXPECT_EQ(status(doc_id), "Queued");
    EXPECT_EQ(attempts(doc_id), 0);
    EXPECT_FALSE(is_claimed(doc_id));
    EXPECT_EQ(queue_rows(), 0);
    EXPECT_LE(retry_delay(), 0ms);
    EXPECT_FALSE(worker->step(stop.get_token()));

    const auto next = make_worker();
    ASSERT_TRUE(step(*next));
    EXPECT_EQ(status(doc_id), "Finished");
    EXPECT_EQ(attempts(doc_id), 1);
}

TEST_F(WorkerTest, AJobThatIsDoneWhenTheStopComesIsFinished) {
    const auto doc_id = upload("a.txt");
    std::stop_source stop;
    const auto worker = make_worker([&](const auto& file, auto filename, auto told, const auto&) {
        stop.request_stop();
        return test::read_as_text(file, filename, told);
    });
    relay_all();
    EXPECT_TRUE(worker->step(stop.get_token()));
    EXPECT_EQ(status(doc_id), "Finished");
}

TEST_F(WorkerTest, ABrokerThatIsAwayIsWaitedFor) {
    const auto doc_id = upload("a.txt");
    relay_all();
    const auto worker = make_worker();
    broker_.is_away = true;
    EXPECT_FALSE(worker->step({}));
    EXPECT_FALSE(worker->step({}));
    broker_.is_away = false;
    EXPECT_TRUE(worker->step({}));
    EXPECT_EQ(status(doc_id), "Finished");
}

TEST_F(WorkerTest, ABrokerThatGoesAwayMidJobDoesNotUndoTheResult) {
    const auto doc_id = upload("a.txt");
    const auto worker = make_worker([&](const auto& file, auto filename, auto stop, const auto&) {
        broker_.is_away = true;
        return test::read_as_text(file, filename, stop);
    });
    EXPECT_FALSE(step(*worker));
    EXPECT_EQ(status(doc_id), "Finished");
    broker_.is_away = false;
    ASSERT_TRUE(worker->step({}));  // The message that could not be acknowledged.
    EXPECT_EQ(attempts(doc_id), 1);
    EXPECT_EQ(queue_rows(), 0);
}

TEST_F(WorkerTest, TheClaimIsRenewedWhileTheJobGoesOn) {
    const auto doc_id = upload("a.txt");
    auto options = worker_options();
    change_ocr([](Stage& stage) { stage.lease = 300ms; });
    options.heartbeat = 50ms;
    std::size_t taken_back = 0;
    const auto worker = make_worker(
        [&](const auto& file, auto filename, auto stop, const auto&) {
            for (int i = 0; i < 30; ++i) {
                std::this_thread::sleep_for(30ms);
                taken_back += recovery_.requeue_expired_claims();
            }
            return test::read_as_text(file, filename, stop);
        },
        options);
    ASSERT_TRUE(step(*worker));
    EXPECT_EQ(taken_back, 0U);
    EXPECT_EQ(status(doc_id), "Finished");
    EXPECT_EQ(attempts(doc_id), 1);
}

TEST_F(WorkerTest, AJobThatWasTakenOverIsStoppedAndChangesNothing) {
    const auto doc_id = upload("a.txt");
    auto options = worker_options();
    options.heartbeat = 20ms;
    bool was_stopped = false;
    const auto worker = make_worker(
        [&](const auto& file, auto filename, std::stop_token stop, const auto&) {
            database_.execute("UPDATE Processing_Status SET claimed_by = 'another'");
            for (int i = 0; i < 200 && !stop.stop_requested(); ++i) {
                std::this_thread::sleep_for(10ms);
            }
            was_stopped = stop.stop_requested();
            return test::read_as_text(file, filename, stop);
        },
        options);
    ASSERT_TRUE(step(*worker));
    EXPECT_TRUE(was_stopped);
    EXPECT_EQ(status(doc_id), "Processing");
    EXPECT_EQ(database_.text("SELECT claimed_by FROM Processing_Status"), "another");
    EXPECT_EQ(results(doc_id), 0);
    EXPECT_EQ(outbox_rows(), 0);
}

TEST_F(WorkerTest, ADatabaseThatRefusesIsAPassingFault) {
    const auto doc_id = upload("a.txt");
    const auto worker = make_worker([&](const auto& file, auto filename, auto stop, const auto&) {
        database_.execute("ALTER TABLE Document_Text RENAME TO Document_Text_away");
        return test::read_as_text(file, filename, stop);
    });
    ASSERT_TRUE(step(*worker));
    EXPECT_EQ(status(doc_id), "Queued");
    EXPECT_EQ(results(doc_id), 0);
}

TEST_F(WorkerTest, ADeathBeforeTheResultIsMadeGoodByTheRecovery) {
    const auto doc_id = upload("a.txt");
    relay_all();
    // What kill -9 leaves: the message on loan, the claim in the table, the text perhaps written.
    JobStore store = job_store();
    ASSERT_TRUE(broker_.receive(queue, {}));
    ASSERT_TRUE(store.claim(doc_id, "dead/1"));
    texts_->put({.doc_id = doc_id, .filename = "a.txt", .file_type = "txt", .blob_url = ""},
                {.pages = {{.number = 1, .text = "half"}}});
    EXPECT_EQ(recovery_.step(), 0U) << "its claim has not ended yet";
    expire_claim(doc_id);
    EXPECT_EQ(recovery_.step(), 1U);
    database_.execute("UPDATE Job_Queue SET claimed_until = ?", now() - 1s);

    const auto worker = make_worker();
    int steps = 0;
    while (step(*worker)) {
        ++steps;
    }
    EXPECT_EQ(steps, 2);  // The old message and the new one; the second is dropped.
    EXPECT_EQ(status(doc_id), "Finished");
    EXPECT_EQ(attempts(doc_id), 2);
    EXPECT_EQ(text_of(doc_id), "some text");
    EXPECT_EQ(results(doc_id), 1);
    EXPECT_EQ(database_.count("SELECT COUNT(*) FROM Document_Text WHERE doc_id = ?", doc_id), 1);
}

TEST_F(WorkerTest, ALateResultOfAWorkerThatWasGivenUpChangesNothing) {
    const auto doc_id = upload("a.txt");
    relay_all();
    JobStore store = job_store();
    const auto late = store.claim(doc_id, "slow/1");
    ASSERT_TRUE(late);
    expire_claim(doc_id);
    ASSERT_EQ(recovery_.step(), 1U);
    const auto worker = make_worker();
    while (step(*worker)) {
    }
    ASSERT_EQ(status(doc_id), "Finished");
    const auto message = message_for(doc_id, "a.txt");
    EXPECT_FALSE(store.renew(doc_id, late->claim));
    EXPECT_FALSE(store.finish(*late, message, write_once([](db::Session& session) {
        session.execute("UPDATE Ocr_Results SET word_count = 99");
    })));
    EXPECT_FALSE(store.retry(*late, message, "late"));
    EXPECT_FALSE(store.fail(*late, message, "late"));
    EXPECT_FALSE(store.hand_back(*late, message));
    EXPECT_EQ(status(doc_id), "Finished");
    EXPECT_EQ(database_.count("SELECT word_count FROM Ocr_Results"), 1);
    EXPECT_EQ(outbox_rows(), 0);
}

}  // namespace
}  // namespace nassaq::jobs
