#include "jobs/blob_deletion.hpp"

#include <barrier>

#include "jobs_fixture.hpp"

namespace nassaq::jobs {
namespace {

using namespace std::chrono_literals;

class BlobDeletionTest : public test::JobsTest {
protected:
    void schedule(std::string_view name) {
        database_.get().transaction([&](db::Session& session) { BlobDeletions::schedule(session, name); });
    }
    /// As the deletion of a document does: its rows and the note in one transaction.
    void delete_document(std::int64_t doc_id, std::string_view name) {
        database_.get().transaction([&](db::Session& session) {
            session.execute("DELETE FROM Outbox WHERE doc_id = ?", doc_id);
            session.execute("DELETE FROM Processing_Status WHERE doc_id = ?", doc_id);
            session.execute("DELETE FROM Documents WHERE doc_id = ?", doc_id);
            BlobDeletions::schedule(session, name);
        });
    }
    std::int64_t notes() {
        return database_.count("SELECT COUNT(*) FROM Outbox WHERE queue_name = ?", blob_deletion_queue);
    }
    void make_due() { database_.execute("UPDATE Outbox SET available_at = ?", now()); }
    std::string content(const std::string& name) {
        const auto properties = storage_.properties(name);
        if (!properties) {
            return "(none)";
        }
        std::string bytes(properties->size, '\0');
        storage_.download_stream(name, 0, properties->size)->read(bytes);
        return bytes;
    }
};

TEST_F(BlobDeletionTest, RemovesTheBlobAndTheNote) {
    delete_document(upload("a/عقد.txt"), "a/عقد.txt");
    EXPECT_TRUE(storage_.exists("a/عقد.txt"));
    EXPECT_EQ(deletions_.step(), 1U);
    EXPECT_FALSE(storage_.exists("a/عقد.txt"));
    EXPECT_EQ(outbox_rows(), 0);
    EXPECT_EQ(deletions_.step(), 0U);
}

TEST_F(BlobDeletionTest, CanBeDoneAtOnce) {
    delete_document(upload("a"), "a");
    deletions_.try_complete("a");
    EXPECT_FALSE(storage_.exists("a"));
    EXPECT_EQ(outbox_rows(), 0);
    deletions_.try_complete("never noted");
}

TEST_F(BlobDeletionTest, ALeaseOfAClockThatWasAheadEndsAfterALease) {
    delete_document(upload("a"), "a");
    database_.execute("UPDATE Outbox SET claimed_until = ?", now() + 1h);
    BlobDeletions deletions(database_.get(), storage_, {}, 50ms);
    EXPECT_EQ(deletions.step(), 0U) << "whoever has it may be at it";
    deletions.complete_pending("a");  // Waits for it.
    EXPECT_FALSE(storage_.exists("a"));
    EXPECT_EQ(outbox_rows(), 0);
}

TEST_F(BlobDeletionTest, NobodyWaitsForAnotherOnceAllIsGivenUp) {
    delete_document(upload("a"), "a");
    database_.execute("UPDATE Outbox SET claimed_until = ?", now() + 20s);
    std::stop_source abandoned;
    BlobDeletions deletions(database_.get(), storage_, abandoned.get_token());
    const std::jthread ending([&] { abandoned.request_stop(); });
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_THROW(deletions.complete_pending("a"), std::runtime_error);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s);
}

TEST_F(BlobDeletionTest, AStopEndsTheStep) {
    delete_document(upload("a"), "a");
    delete_document(upload("b"), "b");
    std::stop_source stop;
    storage_.before_remove = [&] { stop.request_stop(); };
    EXPECT_EQ(deletions_.step(stop.get_token()), 1U);
    EXPECT_EQ(outbox_rows(), 1);
}

TEST_F(BlobDeletionTest, IsTriedAgainUntilItWorks) {
    delete_document(upload("a"), "a");
    storage_.is_away = true;
    deletions_.try_complete("a");
    EXPECT_EQ(outbox_rows(), 1);
    EXPECT_EQ(deletions_.step(), 0U) << "it waits a while after a failure";
    make_due();
    EXPECT_EQ(deletions_.step(), 0U);
    EXPECT_EQ(outbox_rows(), 1);
    storage_.is_away = false;
    make_due();
    EXPECT_EQ(deletions_.step(), 1U);
    EXPECT_FALSE(storage_.exists("a"));
}

TEST_F(BlobDeletionTest, WaitsLongerEachTime) {
    schedule("a");
    storage_.is_away = true;
    database_.execute("UPDATE Outbox SET created_at = ?", now() - 100s);
    deletions_.try_complete("a");
    EXPECT_EQ(database_.count("SELECT COUNT(*) FROM Outbox WHERE available_at > ? AND available_at <= ?", now() + 90s,
                              now() + 110s),
              1);
    database_.execute("UPDATE Outbox SET created_at = ?", now() - std::chrono::hours{30});
    deletions_.try_complete("a");
    EXPECT_EQ(database_.count("SELECT COUNT(*) FROM Outbox WHERE available_at <= ?", now() + 601s), 1);
}

TEST_F(BlobDeletionTest, OneThatFailsDoesNotHoldUpTheOthers) {
    delete_document(upload("a"), "a");
    delete_document(upload("b"), "b");
    int removals = 0;
    storage_.before_remove = [&] {
        if (++removals == 1) {
            throw std::runtime_error("the first cannot be removed");
        }
    };
    EXPECT_EQ(deletions_.step(), 1U);
    EXPECT_TRUE(storage_.exists("a"));
    EXPECT_FALSE(storage_.exists("b"));
    EXPECT_EQ(outbox_rows(), 1);
}

TEST_F(BlobDeletionTest, TakesUpWhatADeadProcessHadClaimed) {
    delete_document(upload("a"), "a");
    database_.execute("UPDATE Outbox SET claimed_until = ?", now() + 20s);
    EXPECT_EQ(deletions_.step(), 0U);
    database_.execute("UPDATE Outbox SET claimed_until = ?", now() - 1s);
    EXPECT_EQ(deletions_.step(), 1U);
    EXPECT_FALSE(storage_.exists("a"));
}

TEST_F(BlobDeletionTest, KeepsABlobThatBelongsToADocument) {
    upload("a");
    schedule("a");
    EXPECT_EQ(notes(), 0);
    deletions_.step();
    EXPECT_TRUE(storage_.exists("a"));
}

TEST_F(BlobDeletionTest, KeepsABlobThatADocumentHasGotSinceTheNote) {
    schedule("a");
    ASSERT_TRUE(storage_.upload("a", spooled("some text"), "text/plain"));
    database_.add_document("a", user_id_, "a", std::nullopt);
    EXPECT_EQ(notes(), 1);
    deletions_.step();
    EXPECT_TRUE(storage_.exists("a"));
    EXPECT_EQ(notes(), 0);
}

/// As a program of the version before does, which does not know the tables of files.
TEST_F(BlobDeletionTest, TheDatabaseTakesNoNoteOfAFileThatIsMeant) {
    const std::int64_t doc_id = upload("عقد");
    const auto note = [this](std::string_view blob_name) {
        database_.get().transaction([&](db::Session& session) {
            enqueue(session, blob_deletion_queue, std::nullopt, R"({"blob_name":")" + std::string(blob_name) + R"("})",
                    now());
        });
    };
    database_.execute(
        "INSERT INTO Document_Files (doc_id, kind, version, place, created_at, created_by_user_id) "
        "VALUES (?, 'original', 1, 'عقد', ?, ?)",
        doc_id, now(), user_id_);
    EXPECT_THROW(note("عقد"), db::Error);
    note("another");
    EXPECT_EQ(notes(), 1);
}

TEST_F(BlobDeletionTest, ANewUploadFirstCarriesOutADeletionOfItsName) {
    delete_document(upload("a", "old"), "a");
    const std::int64_t doc_id = upload("a", "new");
    EXPECT_EQ(content("a"), "new");
    make_due();
    deletions_.step();
    EXPECT_EQ(content("a"), "new");
    EXPECT_EQ(database_.count("SELECT COUNT(*) FROM Documents WHERE doc_id = ?", doc_id), 1);
}

TEST_F(BlobDeletionTest, ANewUploadFailsWhenTheOldBlobCannotBeRemoved) {
    delete_document(upload("a", "old"), "a");
    storage_.is_away = true;
    EXPECT_THROW(upload("a", "new"), std::runtime_error);
    storage_.is_away = false;
    EXPECT_EQ(content("a"), "old");
    EXPECT_EQ(database_.count("SELECT COUNT(*) FROM Documents"), 0);
}

TEST_F(BlobDeletionTest, ANewUploadWaitsForADeletionThatGoesOn) {
    delete_document(upload("a", "old"), "a");
    std::barrier inside(2);
    bool first = true;
    storage_.before_remove = [&] {
        if (std::exchange(first, false)) {
            inside.arrive_and_wait();
            std::this_thread::sleep_for(150ms);
        }
    };
    std::jthread deleting([&] { deletions_.step(); });
    inside.arrive_and_wait();
    // The deletion has decided to remove "a" and will do so in a while.
    upload("a", "new");
    deleting.join();
    EXPECT_EQ(content("a"), "new");
}

TEST_F(BlobDeletionTest, AnUploadBeginsAgainWhenADeletionIsNotedMeanwhile) {
    int uploads = 0;
    storage_.after_upload = [&] {
        if (++uploads == 1) {
            schedule("a");  // By another node, that has just deleted an older document of the name.
        }
    };
    upload("a", "new");
    EXPECT_EQ(uploads, 2);
    EXPECT_EQ(content("a"), "new");
    deletions_.step();
    EXPECT_EQ(content("a"), "new");
}

TEST_F(BlobDeletionTest, AnUploadBeginsAgainWhenItsBlobIsGone) {
    int uploads = 0;
    storage_.after_upload = [&] {
        if (++uploads == 1) {
            storage_.remove("a");
        }
    };
    upload("a", "new");
    EXPECT_EQ(uploads, 2);
    EXPECT_EQ(content("a"), "new");
}

TEST_F(BlobDeletionTest, AnUploadOfATakenNameIsRefused) {
    upload("a", "first");
    const auto second = deletions_.upload("a", spooled("second"), "text/plain");
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error(), storage::UploadError::already_exists);
    EXPECT_EQ(content("a"), "first");
}

TEST_F(BlobDeletionTest, TakesBackTheBlobOfAFailedUploadOnly) {
    const SpoolFile content = spooled("x");
    ASSERT_TRUE(deletions_.upload("a", content, ""));
    deletions_.take_back("a", content);
    EXPECT_FALSE(storage_.exists("a"));

    upload("b");
    deletions_.take_back("b", content);
    EXPECT_TRUE(storage_.exists("b"));

    storage_.is_away = true;
    deletions_.take_back("c", content);
}

TEST_F(BlobDeletionTest, UploadsAndDeletionsOfOneNameNeverLoseABlob) {
    constexpr int threads = 6;
    std::vector<std::jthread> working;
    std::atomic<int> stored = 0;
    std::atomic<bool> lost = false;
    for (int i = 0; i < threads; ++i) {
        working.emplace_back([&, i] {
            const std::string own = "content " + std::to_string(i);
            for (int round = 0; round < 40; ++round) {
                const SpoolFile file = spooled(own);
                if (!deletions_.upload("a", file, "")) {
                    continue;
                }
                ++stored;
                const std::int64_t doc_id = database_.add_document("a", user_id_, "a", file.sha256());
                lost = lost || content("a") != own;
                delete_document(doc_id, "a");
                if (round % 2 == 0) {
                    deletions_.try_complete("a");
                }
            }
        });
    }
    working.emplace_back([&](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            deletions_.step();
        }
    });
    for (int i = 0; i < threads; ++i) {
        working[static_cast<std::size_t>(i)].join();
    }
    working.clear();
    EXPECT_GT(stored, threads);
    EXPECT_FALSE(lost);
    make_due();
    deletions_.step();
    EXPECT_FALSE(storage_.exists("a"));
}

}  // namespace
}  // namespace nassaq::jobs
