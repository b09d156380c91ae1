#include "jobs/blob_sweep.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "jobs/storage_audit.hpp"
#include "jobs_fixture.hpp"

namespace nassaq::jobs::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class BlobSweepTest : public JobsTest {
protected:
    void store_orphan(const std::string& name) {
        ASSERT_TRUE(storage_.upload(name, spooled("nobody's"), "", storage::Overwrite::no));
    }

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

TEST_F(BlobSweepTest, TheAuditReportsDocumentsWithoutTheirBlob) {
    const std::int64_t doc_id = upload("lost.txt");
    upload("kept.txt");
    storage_.remove("lost.txt");
    std::vector<std::int64_t> missing;
    const auto result = audit_storage(
        database_.get(), storage_, now(), [](const storage::BlobProperties&) { FAIL(); },
        [&](const DocumentBlob& document) { missing.push_back(document.doc_id); });
    EXPECT_THAT(missing, ElementsAre(doc_id));
    EXPECT_EQ(result.documents, 2U);
    EXPECT_EQ(result.blobs, 1U);
}

}  // namespace
}  // namespace nassaq::jobs::test
