#include "files/take_over.hpp"

#include <filesystem>
#include <fstream>
#include <stop_token>

#include "files_fixture.hpp"

namespace nassaq::files {
namespace {

constexpr const char* uuid = "9f0c2a34-5b6d-4e7f-8a9b-0c1d2e3f4a5b";

class TakeOverTest : public FilesTest {
protected:
    void step() { take_over_.step(std::stop_token()); }
    /// As a minute, or an hour, later.
    void step_again() {
        database_.execute("UPDATE Daily_Looks SET due_at = '2000-01-01T00:00:00.000000' WHERE name = 'document files'");
        step();
    }

    TakeOver take_over_{database_.get(), finder_};
};

TEST_F(TakeOverTest, TakesInWhatSaysWhereItsFileIs) {
    const std::int64_t doc_id = add_ours("عقد.txt");
    step();
    EXPECT_EQ(place_of(doc_id), "عقد.txt");
    const auto version = database_.get().read([&](db::Session& session) { return find_current(session, doc_id); });
    ASSERT_TRUE(version);
    EXPECT_EQ(version->version, 1);
    EXPECT_EQ(version->sha256, std::string(64, 'a'));
    EXPECT_EQ(version->created_by_user_id, user_id_);
}

TEST_F(TakeOverTest, FindsThePlatformsFilesInTheirOrder) {
    const std::int64_t moved = add_platforms("A.TXT");
    const std::int64_t here = add_platforms("b.txt");
    const std::int64_t elsewhere = add_platforms("c.txt", uuid);
    const std::int64_t nowhere = add_platforms("d.txt");
    store("law/contracts/a.txt");
    store("A.TXT", "another document's by now");
    store("b.txt");
    std::ofstream(folder_ / "second" / uuid) << "some text";
    texts_.blob_paths = {{moved, "law/contracts/a.txt"}, {here, storage_->url("b.txt")}};
    step();
    EXPECT_EQ(place_of(moved), "law/contracts/a.txt");
    EXPECT_EQ(place_of(here), "b.txt");
    EXPECT_EQ(place_of(elsewhere), storage::second_container_name(uuid));
    EXPECT_EQ(place_of(nowhere), "d.txt");
    EXPECT_EQ(database_.text("SELECT blob_name FROM Documents WHERE doc_id = ?", moved), "law/contracts/a.txt");
    EXPECT_EQ(database_.text("SELECT blob_name FROM Documents WHERE doc_id = ?", elsewhere), std::nullopt);
}

TEST_F(TakeOverTest, BelievesMongoOnlyWhereThereIsABlob) {
    const std::int64_t doc_id = add_platforms("a.txt");
    store("a.txt");
    texts_.blob_paths = {{doc_id, "../../etc/passwd"}};
    step();
    EXPECT_EQ(place_of(doc_id), "a.txt");
}

TEST_F(TakeOverTest, WaitsForATextStoreThatIsAway) {
    const std::int64_t doc_id = add_platforms("a.txt");
    store("a.txt");
    texts_.is_away = true;
    EXPECT_THROW(step(), texts::Unavailable);
    EXPECT_EQ(place_of(doc_id), std::nullopt);
    texts_.is_away = false;
    step();
    EXPECT_EQ(place_of(doc_id), "a.txt");
}

TEST_F(TakeOverTest, GoesOnWithWhatOthersInsert) {
    add_ours("first.txt");
    step();
    EXPECT_EQ(untaken(), 0);
    add_ours("second.txt");
    add_platforms("third.txt");
    step();
    EXPECT_EQ(untaken(), 2) << "it is not time yet";
    step_again();
    EXPECT_EQ(untaken(), 0);
}

TEST_F(TakeOverTest, TakesInThousandsAndGoesOnWhereItWasStopped) {
    database_.get().transaction([&](db::Session& session) {
        session.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) "
            "INSERT INTO Documents (filename, path_id, uploaded_by_user_id, uploaded_at, sha256, blob_name) "
            "SELECT 'f' || i, 1, ?, ?, 'x', 'f' || i FROM n",
            user_id_, now());
    });
    std::stop_source stop;
    stop.request_stop();
    take_over_.step(stop.get_token());
    EXPECT_EQ(untaken(), 3000) << "as much as a transaction takes";
    step();
    EXPECT_EQ(untaken(), 0);
    EXPECT_EQ(database_.count("SELECT COUNT(*) FROM Document_Files"), 5000);
}

TEST_F(TakeOverTest, OneNodeIsAtItAtATime) {
    add_ours("a.txt");
    database_.execute("UPDATE Daily_Looks SET claimed_until = ? WHERE name = 'document files'",
                      now() + std::chrono::minutes{5});
    step();
    EXPECT_EQ(untaken(), 1);
}

TEST_F(TakeOverTest, RunTakesInAllAtOnce) {
    add_ours("a.txt");
    step();
    add_ours("b.txt");
    add_platforms("c.txt");
    EXPECT_EQ(take_over_.run(std::stop_token()), 2);
    const auto progress = database_.get().read(take_over_progress);
    EXPECT_EQ(progress.taken_in, progress.last);
}

TEST_F(TakeOverTest, TellsHowFarItIs) {
    const std::int64_t first = add_ours("a.txt");
    step();
    const std::int64_t second = add_ours("b.txt");
    const auto progress = database_.get().read(take_over_progress);
    EXPECT_EQ(progress.taken_in, second - 1);
    EXPECT_EQ(progress.last, second);
    EXPECT_LT(first, second);
}

TEST_F(TakeOverTest, WhatWasMovedLaterIsFollowed) {
    const std::int64_t doc_id = add_platforms("A.TXT");
    store("A.TXT");
    step();
    storage_->remove("A.TXT");
    store("law/a.txt");
    EXPECT_EQ(finder_.follow(doc_id, "A.TXT"), std::nullopt);
    texts_.blob_paths = {{doc_id, "law/a.txt"}};
    EXPECT_EQ(finder_.follow(doc_id, "A.TXT"), "law/a.txt");
    EXPECT_EQ(place_of(doc_id), "law/a.txt");
}

TEST_F(TakeOverTest, ALaterVersionIsWhereOnlyWeHavePutIt) {
    const std::int64_t doc_id = add_ours("a.txt");
    step();
    database_.get().transaction([&](db::Session& session) {
        insert_version(session, doc_id,
                       {.version = 2,
                        .place = "a~2.txt",
                        .file_size = 9,
                        .sha256 = {},
                        .content_type = {},
                        .created_at = now(),
                        .created_by_user_id = user_id_,
                        .restored_from = {}});
    });
    store("law/a.txt");
    texts_.blob_paths = {{doc_id, "law/a.txt"}};
    EXPECT_EQ(finder_.follow(doc_id, "a~2.txt"), std::nullopt);
}

}  // namespace
}  // namespace nassaq::files
