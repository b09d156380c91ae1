#include "files/places.hpp"

#include <set>

#include "files_fixture.hpp"

namespace nassaq::files {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

class PlacesTest : public FilesTest {
protected:
    std::multiset<std::string> all_places() {
        std::multiset<std::string> places;
        for_each_file(database_.get(), [&](const PlacedFile& file) { places.insert(file.place); });
        return places;
    }
    bool is_used(std::string_view place) {
        return database_.get().read([&](db::Session& session) { return is_in_use(session, place); });
    }
    void add_version(std::int64_t doc_id, std::int64_t number, const std::string& place) {
        database_.get().transaction([&](db::Session& session) {
            take_in(session, doc_id);
            insert_version(session, doc_id,
                           {.version = number,
                            .place = place,
                            .file_size = 1,
                            .sha256 = {},
                            .content_type = {},
                            .created_at = now(),
                            .created_by_user_id = user_id_,
                            .restored_from = {}});
        });
    }
    void add_to_trash(std::int64_t doc_id, const std::string& place) {
        database_.execute(
            "INSERT INTO Trashed_Documents (doc_id, filename, path_id, full_path, uploaded_by_user_id, mongo_doc_id, "
            "uploaded_at, deleted_at, deleted_by_user_id, purge_at) VALUES (?, 'x', 1, '/', ?, 'pending', ?, ?, ?, ?)",
            doc_id, user_id_, now(), now(), user_id_, now());
        database_.execute(
            "INSERT INTO Trashed_Files (doc_id, kind, version, part, place, created_at, created_by_user_id) "
            "VALUES (?, 'original', 1, 0, ?, ?, ?)",
            doc_id, place, now(), user_id_);
    }
};

TEST_F(PlacesTest, AreThoseOfVersionsOfTheTrashAndOfWhatIsNotTakenIn) {
    const std::int64_t doc_id = add_ours("a.txt");
    add_version(doc_id, 2, "a~2.txt");
    add_version(doc_id, 3, "a.txt");  // Restored: it shares the blob of the first.
    add_platforms("b.txt");
    add_to_trash(1'000, "c.txt");
    EXPECT_THAT(all_places(), ElementsAre("a.txt", "a.txt", "a~2.txt", "b.txt", "c.txt"));
    for (const char* place : {"a.txt", "a~2.txt", "b.txt", "c.txt"}) {
        EXPECT_TRUE(is_used(place)) << place;
    }
    EXPECT_FALSE(is_used("d.txt"));
    EXPECT_THAT(database_.get().read([&](db::Session& session) { return places_of(session, doc_id); }),
                UnorderedElementsAre("a.txt", "a~2.txt"));
}

TEST_F(PlacesTest, AllAreVisitedHoweverManyThereAre) {
    database_.get().transaction([&](db::Session& session) {
        session.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3001) "
            "INSERT INTO Documents (filename, path_id, uploaded_by_user_id, uploaded_at, sha256, blob_name) "
            "SELECT 'f' || i, 1, ?, ?, 'x', 'f' || i FROM n",
            user_id_, now());
        take_in_all_certain(session, 1'000, 2'000);
    });
    const auto places = all_places();
    EXPECT_EQ(places.size(), 3001U);
    EXPECT_EQ(std::set<std::string>(places.begin(), places.end()).size(), 3001U);
}

TEST_F(PlacesTest, TakingInTwiceMakesOneRow) {
    const std::int64_t doc_id = add_ours("a.txt");
    for (int i = 0; i < 2; ++i) {
        database_.get().transaction([&](db::Session& session) { take_in(session, doc_id); });
    }
    EXPECT_EQ(database_.count("SELECT COUNT(*) FROM Document_Files WHERE doc_id = ?", doc_id), 1);
}

TEST_F(PlacesTest, GoWithTheirDocument) {
    const std::int64_t doc_id = add_ours("a.txt");
    add_version(doc_id, 2, "a~2.txt");
    database_.execute("DELETE FROM Documents WHERE doc_id = ?", doc_id);  // As a node of the version before does.
    EXPECT_EQ(database_.count("SELECT COUNT(*) FROM Document_Files"), 0);
}

TEST_F(PlacesTest, APathThatIsRenamedMovesNoFile) {
    const std::int64_t doc_id = add_platforms("a.txt");
    database_.execute("INSERT INTO Virtual_Paths (full_path, created_at, depth) VALUES ('old', ?, 1)", now());
    database_.execute(
        "UPDATE Documents SET path_id = (SELECT path_id FROM Virtual_Paths WHERE full_path = 'old') WHERE doc_id = ?",
        doc_id);
    database_.execute("UPDATE Virtual_Paths SET full_path = 'new' WHERE full_path = 'old'");
    database_.get().transaction([&](db::Session& session) { take_in(session, doc_id); });
    EXPECT_EQ(place_of(doc_id), "old/a.txt");
}

TEST_F(PlacesTest, TheUpgradeIsFinishedWhereOneProcessServes) {
    Upgrade upgrade;
    EXPECT_TRUE(database_.get().read([&](db::Session& session) { return upgrade.is_finished(session); }));
    database_.execute("DELETE FROM Finished_Upgrades");
    EXPECT_FALSE(database_.get().read(is_upgrade_finished));
    database_.get().transaction(record_finished_upgrade);
    database_.get().transaction(record_finished_upgrade);
    EXPECT_TRUE(database_.get().read(is_upgrade_finished));
}

}  // namespace
}  // namespace nassaq::files
