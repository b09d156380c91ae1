#include "jobs/blob_sweep.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "jobs/storage_audit.hpp"
#include "jobs_fixture.hpp"
#include "storage/second_container.hpp"

namespace nassaq::jobs::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class BlobSweepTest : public JobsTest {
protected:
    void store_orphan(const std::string& name) { ASSERT_TRUE(storage_.upload(name, spooled("nobody's"), "")); }

    void sweep(std::chrono::minutes grace = std::chrono::minutes{0}) {
        BlobSweep(database_.get(), storage_, deletions_, grace).step();
        while (deletions_.step() > 0) {
        }
    }

    std::vector<std::string> blobs() {
        std::vector<std::string> names;
        storage_.list("", [&](const storage::BlobProperties& blob) {
            names.push_back(blob.name);
            return true;
        });
        return names;
    }
};

TEST_F(BlobSweepTest, RemovesWhatNoDocumentHas) {
    upload("kept.txt");
    upload("folder/kept.txt");
    store_orphan("orphan.txt");
    store_orphan("folder/orphan.txt");
    sweep();
    EXPECT_THAT(blobs(), UnorderedElementsAre("kept.txt", "folder/kept.txt"));
    EXPECT_EQ(outbox_rows(), 2);  // The jobs of the documents that are.
}

TEST_F(BlobSweepTest, LeavesWhatIsYoung) {
    store_orphan("young.txt");
    sweep(std::chrono::hours{1});
    EXPECT_THAT(blobs(), ElementsAre("young.txt"));
    const std::filesystem::path file = folder_ / "blobs" / "young.txt";
    std::filesystem::last_write_time(file, std::filesystem::last_write_time(file) - std::chrono::hours{2});
    sweep(std::chrono::hours{1});
    EXPECT_THAT(blobs(), IsEmpty());
}

TEST_F(BlobSweepTest, KnowsDocumentsThatDoNotNameTheirBlob) {
    const std::int64_t doc_id = upload("legacy.txt");
    database_.execute("UPDATE Documents SET blob_name = NULL, filename = 'legacy.txt' WHERE doc_id = ?", doc_id);
    store_orphan("orphan.txt");
    sweep();
    EXPECT_THAT(blobs(), ElementsAre("legacy.txt"));
}

TEST_F(BlobSweepTest, DoesNotTakeABlobWhoseDocumentIsBeingRecorded) {
    store_orphan("uploading.txt");
    sweep();
    EXPECT_THAT(blobs(), IsEmpty());
    // Between the storing and the recording the sweep may come: the recording is told.
    store_orphan("uploading.txt");
    EXPECT_TRUE(deletions_.give_up_orphan("uploading.txt"));
    EXPECT_FALSE(deletions_.give_up_orphan("uploading.txt"));
    EXPECT_TRUE(database_.get().read(
        [](db::Session& session) { return BlobDeletions::is_given_up(session, "uploading.txt"); }));
    // And the other way round.
    upload("recorded.txt");
    EXPECT_FALSE(deletions_.give_up_orphan("recorded.txt"));
}

TEST_F(BlobSweepTest, ASweepThatFailsIsNotRepeatedAtOnce) {
    store_orphan("orphan.txt");
    BlobSweep blob_sweep(database_.get(), storage_, deletions_, std::chrono::minutes{0});
    blob_sweep.step();
    store_orphan("later.txt");
    blob_sweep.step();
    deletions_.step();
    EXPECT_THAT(blobs(), ElementsAre("later.txt"));
}

TEST_F(BlobSweepTest, LooksForNothingInTheSecondContainer) {
    const std::int64_t doc_id = upload("elsewhere.txt");
    const std::string name = storage::second_container_name("9f0c2a34-5b6d-4e7f-8a9b-0c1d2e3f4a5b");
    database_.execute("UPDATE Documents SET blob_name = ? WHERE doc_id = ?", name, doc_id);
    int missing = 0;
    // This storage throws for such a name: it is not asked.
    const auto result = audit_storage(database_.get(), storage_, now() - std::chrono::hours{1},
                                      {.on_orphan = [](const auto&) {},
                                       .on_doubtful = [](const auto&) {},
                                       .on_missing = [&](const files::PlacedFile&) { ++missing; }});
    ASSERT_TRUE(result);
    EXPECT_EQ(result->documents, 1U);
    EXPECT_EQ(missing, 0);
}

TEST_F(BlobSweepTest, TheAuditReportsDocumentsWithoutTheirBlob) {
    const std::int64_t doc_id = upload("lost.txt");
    upload("kept.txt");
    storage_.remove("lost.txt");
    std::vector<std::int64_t> missing;
    const auto result =
        audit_storage(database_.get(), storage_, now(),
                      {.on_orphan = [](const storage::BlobProperties&) { FAIL(); },
                       .on_doubtful = [](const storage::BlobProperties&) { FAIL(); },
                       .on_missing = [&](const files::PlacedFile& document) { missing.push_back(document.doc_id); }});
    ASSERT_TRUE(result);
    EXPECT_THAT(missing, ElementsAre(doc_id));
    EXPECT_EQ(result->documents, 2U);
    EXPECT_EQ(result->blobs, 1U);
}

/// Documents of the Python platform: rows without a checksum, that name no blob.
class PlatformBlobSweepTest : public BlobSweepTest {
protected:
    std::int64_t add_path(const std::string& full_path) {
        return database_.get().transaction([&](db::Session& session) {
            return session.insert("Virtual_Paths", "path_id",
                                  {{"full_path", full_path}, {"created_at", now()}, {"depth", 1}});
        });
    }
    std::int64_t add_platform_document(const std::string& filename, std::int64_t path_id) {
        return database_.get().transaction([&](db::Session& session) {
            return session.insert("Documents", "doc_id",
                                  {{"filename", filename},
                                   {"path_id", path_id},
                                   {"uploaded_by_user_id", user_id_},
                                   {"uploaded_at", now()}});
        });
    }
    void rename(std::int64_t path_id, const std::string& full_path) {
        database_.execute("UPDATE Virtual_Paths SET full_path = ? WHERE path_id = ?", full_path, path_id);
    }
    std::optional<std::string> blob_name(std::int64_t doc_id) {
        return database_.text("SELECT blob_name FROM Documents WHERE doc_id = ?", doc_id);
    }
    std::int64_t doubtful() {
        BlobSweep blob_sweep(database_.get(), storage_, deletions_, std::chrono::minutes{0});
        blob_sweep.step();
        while (deletions_.step() > 0) {
        }
        return blob_sweep.doubtful();
    }
};

TEST_F(PlatformBlobSweepTest, ARenameByAnyoneLeavesTheBlobTheDocuments) {
    const auto path_id = add_path("contracts");
    const auto doc_id = add_platform_document("عقد.pdf", path_id);
    store_orphan("contracts/عقد.pdf");
    rename(path_id, "agreements");  // As the platform's server does it.
    EXPECT_EQ(blob_name(doc_id), "contracts/عقد.pdf");
    rename(path_id, "treaties");
    EXPECT_EQ(blob_name(doc_id), "contracts/عقد.pdf");
    EXPECT_EQ(doubtful(), 0);
    EXPECT_THAT(blobs(), ElementsAre("contracts/عقد.pdf"));
}

TEST_F(PlatformBlobSweepTest, ARenameTakesNobodyElsesBlob) {
    const auto path_id = add_path("contracts");
    store_orphan("contracts/a.pdf");
    const auto owner = database_.add_document("renamed.pdf", user_id_, "contracts/a.pdf", "checksum");
    const auto doc_id = add_platform_document("a.pdf", path_id);
    rename(path_id, "agreements");
    EXPECT_EQ(blob_name(owner), "contracts/a.pdf");
    EXPECT_EQ(blob_name(doc_id), std::nullopt);
    sweep();
    EXPECT_THAT(blobs(), ElementsAre("contracts/a.pdf"));
}

TEST_F(PlatformBlobSweepTest, LeavesWhatMayBeADocumentsAfterARenameOfBefore) {
    const auto path_id = add_path("agreements");
    add_platform_document("a.pdf", path_id);
    store_orphan("contracts/a.pdf");  // "agreements" was called so, before anything kept the name of the blob.
    store_orphan("contracts/b.pdf");
    EXPECT_EQ(doubtful(), 1);
    EXPECT_THAT(blobs(), ElementsAre("contracts/a.pdf"));
}

TEST_F(PlatformBlobSweepTest, LeavesWhatTheWorkerOfThePlatformHasMoved) {
    add_platform_document("Lease 7.PDF", add_path("contracts"));
    store_orphan("law/court rulings/lease 7.pdf");
    EXPECT_EQ(doubtful(), 1);
    EXPECT_THAT(blobs(), ElementsAre("law/court rulings/lease 7.pdf"));
}

TEST_F(PlatformBlobSweepTest, LeavesWhatIsStoredUnderTheIdOfTheText) {
    const auto doc_id = add_platform_document("a.pdf", add_path("contracts"));
    const std::string id = "9f0c1d2e-0000-4000-8000-0123456789ab";
    database_.execute("UPDATE Documents SET mongo_doc_id = ? WHERE doc_id = ?", id, doc_id);
    store_orphan(id);
    EXPECT_EQ(doubtful(), 1);
    EXPECT_THAT(blobs(), ElementsAre(id));
}

TEST_F(PlatformBlobSweepTest, LeavesWhatADocumentMayMeanWhoseBlobsNameWasGuessed) {
    const auto doc_id = add_platform_document("a.pdf", add_path("contracts"));
    // As a change of its name writes it, though the worker of the platform had moved it before.
    database_.execute("UPDATE Documents SET blob_name = 'contracts/a.pdf', filename = 'new.pdf' WHERE doc_id = ?",
                      doc_id);
    store_orphan("law/contracts/a.pdf");
    EXPECT_EQ(doubtful(), 1);
    EXPECT_THAT(blobs(), ElementsAre("law/contracts/a.pdf"));
}

TEST_F(PlatformBlobSweepTest, ANameOfOursLeavesNothingInDoubt) {
    upload("folder/a.pdf");
    store_orphan("other/a.pdf");
    EXPECT_EQ(doubtful(), 0);
    EXPECT_THAT(blobs(), ElementsAre("folder/a.pdf"));
}

/// The worker of the platform works off what we have stored, too, and tells nobody here where it has put it.
TEST_F(PlatformBlobSweepTest, LeavesWhatTheWorkerOfThePlatformHasMovedOfOurs) {
    database_.add_document("Lease 7.PDF", user_id_, "contracts/Lease 7.PDF", "checksum");
    store_orphan("law/court rulings/lease 7.pdf");
    store_orphan("law/court rulings/lease 8.pdf");
    EXPECT_EQ(doubtful(), 1);
    EXPECT_THAT(blobs(), ElementsAre("law/court rulings/lease 7.pdf"));
}

TEST_F(PlatformBlobSweepTest, LeavesTheBytesOfADocumentWhateverTheyWereCalledWhenTheyWereMoved) {
    const auto doc_id = upload("at first.pdf", "some text");
    database_.execute("UPDATE Documents SET filename = 'today.pdf', file_size = 9 WHERE doc_id = ?", doc_id);
    storage_.remove("at first.pdf");
    for (const std::string content : {"some text", "some TEXT", "of another size"}) {
        ASSERT_TRUE(storage_.upload("law/" + content + ".pdf", spooled(content), ""));
    }
    EXPECT_EQ(doubtful(), 1);
    EXPECT_THAT(blobs(), ElementsAre("law/some text.pdf"));
}

TEST_F(PlatformBlobSweepTest, LeavesAsManyBytesAsOneOfThePlatformHasWhoseChecksumNobodyKnows) {
    const auto doc_id = add_platform_document("today.pdf", add_path("contracts"));
    database_.execute("UPDATE Documents SET file_size = 8 WHERE doc_id = ?", doc_id);
    store_orphan("law/between.pdf");
    ASSERT_TRUE(storage_.upload("law/longer.pdf", spooled("nobody's either"), ""));
    EXPECT_EQ(doubtful(), 1);
    EXPECT_THAT(blobs(), ElementsAre("law/between.pdf"));
}

TEST_F(PlatformBlobSweepTest, WhatIsBackWhereItWasLeavesNothingInDoubt) {
    const auto doc_id = upload("contracts/a.pdf", "some text");
    database_.execute("UPDATE Documents SET file_size = ? WHERE doc_id = ?", std::int64_t{9}, doc_id);
    storage_.remove("contracts/a.pdf");
    ASSERT_TRUE(storage_.upload("law/a.pdf", spooled("some text"), ""));
    EXPECT_EQ(doubtful(), 1);
    ASSERT_TRUE(storage_.upload("contracts/a.pdf", spooled("some text"), ""));
    EXPECT_EQ(doubtful(), 0);
    EXPECT_THAT(blobs(), ElementsAre("contracts/a.pdf"));
}

/// Only its path says where it is, and another's may lie there by now.
TEST_F(PlatformBlobSweepTest, LeavesWhatMayBeADocumentsWhosePlaceAnotherHasTaken) {
    add_platform_document("a.pdf", add_path("contracts"));
    store_orphan("contracts/a.pdf");
    store_orphan("law/contracts/a.pdf");
    EXPECT_EQ(doubtful(), 1);
    EXPECT_THAT(blobs(), UnorderedElementsAre("contracts/a.pdf", "law/contracts/a.pdf"));
}

TEST_F(PlatformBlobSweepTest, ASweepThatIsStoppedTakesNothing) {
    store_orphan("orphan.txt");
    std::stop_source stop;
    stop.request_stop();
    BlobSweep(database_.get(), storage_, deletions_, std::chrono::minutes{0}).step(stop.get_token());
    EXPECT_EQ(outbox_rows(), 0);
    EXPECT_THAT(blobs(), ElementsAre("orphan.txt"));
}

TEST_F(PlatformBlobSweepTest, ASweepThatIsStoppedHalfWayThroughTheDocumentsTakesNothing) {
    database_.add_document("first.pdf", user_id_, "first.pdf", "checksum");
    database_.add_document("a.pdf", user_id_, "contracts/a.pdf", "checksum");
    store_orphan("law/a.pdf");
    std::stop_source stop;
    const auto fail = [](const storage::BlobProperties& blob) { ADD_FAILURE() << blob.name; };
    const auto result = audit_storage(
        database_.get(), storage_, now(),
        {.on_orphan = fail, .on_doubtful = fail, .on_missing = [&](const files::PlacedFile&) { stop.request_stop(); }},
        stop.get_token());
    EXPECT_FALSE(result);
}

}  // namespace
}  // namespace nassaq::jobs::test
