#include "db/session.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <optional>
#include <string>

#include "temporary_database.hpp"

namespace nassaq::db {

struct Sample {
    std::int64_t id = 0;
    std::string name;
    std::optional<std::string> note;
    std::optional<std::int64_t> size;
    double share = 0;
    bool is_good = false;
    Timestamp made_at;
    bool operator==(const Sample&) const = default;
};
BOOST_DESCRIBE_STRUCT(Sample, (), (id, name, note, size, share, is_good, made_at))

namespace {

constexpr std::string_view select_samples = "SELECT id, name, note, size, share, is_good, made_at FROM Samples";

class SessionTest : public TemporaryDatabase {
protected:
    SessionTest() {
        database_.transaction([](Session& session) {
            session.run_script(
                "CREATE TABLE Samples (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, note TEXT, "
                "size INTEGER, share REAL NOT NULL, is_good INTEGER NOT NULL, made_at TEXT NOT NULL);");
        });
    }

    std::int64_t insert(const Sample& sample) {
        return database_.transaction([&](Session& session) {
            return session.insert("Samples", "id",
                                  {{"name", sample.name},
                                   {"note", sample.note},
                                   {"size", sample.size},
                                   {"share", sample.share},
                                   {"is_good", sample.is_good},
                                   {"made_at", sample.made_at}});
        });
    }

    std::optional<Sample> find(std::int64_t id) {
        return database_.read(
            [&](Session& session) { return session.find<Sample>(std::string(select_samples) + " WHERE id = ?", id); });
    }

    Database database_ = open();
};

Sample sample(std::string name) {
    Sample made;
    made.name = std::move(name);
    made.made_at = parse_iso("2024-05-01T09:30:00.000120").value();
    return made;
}

TEST_F(SessionTest, EveryTypeComesBackAsItWent) {
    Sample full = sample("نسّق 😀");
    full.note = "";
    full.size = std::numeric_limits<std::int64_t>::min();
    full.share = 0.1;
    full.is_good = true;
    full.id = insert(full);
    EXPECT_EQ(find(full.id), full);

    Sample bare = sample("");
    bare.share = -1e308;
    bare.id = insert(bare);
    EXPECT_EQ(find(bare.id), bare);
    EXPECT_EQ(find(bare.id)->note, std::nullopt);
}

TEST_F(SessionTest, TextMayHaveAnyCharacterAndLength) {
    for (const std::string& text :
         {std::string("a\0b\0", 4), std::string("' OR 1=1; --"), std::string("؟»«٪\u200f\u202e"),
          std::string("\U0010ffff"), std::string(2'000'000, 'x'), std::string("%_?:@$")}) {
        const auto id = insert(sample(text));
        EXPECT_EQ(find(id)->name, text);
        const auto found = database_.read([&](Session& session) {
            return session.get<std::int64_t>("SELECT COUNT(*) FROM Samples WHERE name = ?", text);
        });
        EXPECT_EQ(found, 1);
    }
}

TEST_F(SessionTest, AnEmptyViewIsEmptyTextNotNull) {
    const auto is_null =
        database_.read([](Session& session) { return session.get<bool>("SELECT ? IS NULL", std::string_view{}); });
    EXPECT_FALSE(is_null);
    EXPECT_TRUE(database_.read([](Session& session) { return session.get<bool>("SELECT ? IS NULL", std::nullopt); }));
    EXPECT_TRUE(database_.read(
        [](Session& session) { return session.get<bool>("SELECT ? IS NULL", std::optional<std::int64_t>{}); }));
}

TEST_F(SessionTest, KeysCountUpAndAreNeverGivenTwice) {
    const auto first = insert(sample("a"));
    const auto second = insert(sample("b"));
    EXPECT_EQ(second, first + 1);
    database_.transaction([&](Session& session) { session.execute("DELETE FROM Samples WHERE id = ?", second); });
    EXPECT_EQ(insert(sample("c")), second + 1);
}

TEST_F(SessionTest, FindQueryGetAndVisitAgree) {
    for (const char* name : {"a", "b", "c"}) {
        insert(sample(name));
    }
    database_.read([](Session& session) {
        const std::vector<std::string> names = {"a", "b", "c"};
        EXPECT_EQ(session.query<std::string>("SELECT name FROM Samples ORDER BY name"), names);
        std::vector<std::string> visited;
        session.visit<std::string>(
            "SELECT name FROM Samples WHERE name <> ? ORDER BY name",
            [&](std::string name) { visited.push_back(std::move(name)); }, "b");
        EXPECT_EQ(visited, (std::vector<std::string>{"a", "c"}));
        EXPECT_EQ(session.find<std::string>("SELECT name FROM Samples ORDER BY name"), "a");
        EXPECT_EQ(session.find<std::string>("SELECT name FROM Samples WHERE name = ?", "z"), std::nullopt);
        EXPECT_EQ(session.get<std::int64_t>("SELECT COUNT(*) FROM Samples"), 3);
        EXPECT_TRUE(session.query<std::string>("SELECT name FROM Samples WHERE name = ?", "z").empty());
        EXPECT_EQ(kind_thrown_by([&] {
                      static_cast<void>(session.get<std::string>("SELECT name FROM Samples WHERE name = ?", "z"));
                  }),
                  ErrorKind::other);
    });
}

TEST_F(SessionTest, PagesFollowOneAnotherWithoutGapOrRepetition) {
    std::vector<std::string> all;
    for (int i = 0; i < 10; ++i) {
        all.emplace_back(1, static_cast<char>('a' + i));
        insert(sample(all.back()));
    }
    database_.read([&](Session& session) {
        std::vector<std::string> paged;
        for (std::int64_t skip = 0; skip < 12; skip += 3) {
            const auto page = session.query_page<std::string>("SELECT name FROM Samples WHERE name >= ? ORDER BY name",
                                                              {.skip = skip, .limit = 3}, "a");
            EXPECT_EQ(page.size(), skip == 9 ? 1U : 3U);
            paged.insert(paged.end(), page.begin(), page.end());
        }
        EXPECT_EQ(paged, all);
        EXPECT_TRUE(session.query_page<std::string>("SELECT name FROM Samples ORDER BY name", {.skip = 10}).empty());
        EXPECT_TRUE(
            session.query_page<std::string>("SELECT name FROM Samples ORDER BY name", {.skip = 0, .limit = 0}).empty());
    });
}

TEST_F(SessionTest, ExecuteTellsHowManyRowsChanged) {
    for (const char* name : {"a", "b", "c"}) {
        insert(sample(name));
    }
    database_.transaction([](Session& session) {
        EXPECT_EQ(session.execute("UPDATE Samples SET note = ? WHERE name < ?", "n", "c"), 2);
        EXPECT_EQ(session.execute("UPDATE Samples SET note = ? WHERE name = ?", "n", "z"), 0);
        EXPECT_EQ(session.execute("DELETE FROM Samples"), 3);
    });
}

TEST_F(SessionTest, ColumnsThatDoNotFitTheRowTypeAreAnError) {
    insert(sample("a"));
    database_.read([](Session& session) {
        EXPECT_EQ(kind_thrown_by([&] { static_cast<void>(session.find<Sample>("SELECT id, name FROM Samples")); }),
                  ErrorKind::other);
        EXPECT_EQ(kind_thrown_by([&] { static_cast<void>(session.find<std::string>("SELECT id, name FROM Samples")); }),
                  ErrorKind::other);
    });
}

TEST_F(SessionTest, ATimeThatIsNoneIsAnError) {
    database_.read([](Session& session) {
        EXPECT_EQ(kind_thrown_by([&] { static_cast<void>(session.get<Timestamp>("SELECT 'yesterday'")); }),
                  ErrorKind::other);
    });
}

TEST_F(SessionTest, AVisitorMayAskFurtherAndMayThrow) {
    for (const char* name : {"a", "b"}) {
        insert(sample(name));
    }
    database_.read([](Session& session) {
        int seen = 0;
        session.visit<std::int64_t>("SELECT id FROM Samples ORDER BY id", [&](std::int64_t id) {
            seen += session.get<std::string>("SELECT name FROM Samples WHERE id = ?", id).empty() ? 0 : 1;
        });
        EXPECT_EQ(seen, 2);
        const auto stop_at_first = [&] {
            session.visit<std::int64_t>("SELECT id FROM Samples ORDER BY id",
                                        [](std::int64_t) { throw std::runtime_error("enough"); });
        };
        EXPECT_THROW(stop_at_first(), std::runtime_error);
        EXPECT_EQ(session.query<std::int64_t>("SELECT id FROM Samples ORDER BY id").size(), 2U);
    });
}

}  // namespace
}  // namespace nassaq::db
