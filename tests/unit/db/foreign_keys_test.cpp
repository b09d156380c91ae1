#include "db/foreign_keys.hpp"

#include <gtest/gtest.h>

#include <string>

#include "db/migrate.hpp"
#include "each_database.hpp"

namespace nassaq::db {
namespace {

class ForeignKeysTest : public EachDatabase {
protected:
    void run(const std::string& script) {
        database().transaction([&](Session& session) { session.run_script(script); });
    }
};

TEST_P(ForeignKeysTest, OfOurOwnTablesAreNone) {
    migrate(database());
    const auto known = ForeignKeys(database()).known();
    for (const ForeignKey& key : *known) {
        ADD_FAILURE() << key.table << " is one of our migrations";
    }
}

TEST_P(ForeignKeysTest, AreThoseOfTablesThatWeHaveNotMade) {
    run("CREATE TABLE Documents (doc_id INTEGER PRIMARY KEY);\n"
        "CREATE TABLE Processing_Status (doc_id INTEGER NOT NULL REFERENCES Documents (doc_id));");
    ForeignKeys keys(database());
    EXPECT_TRUE(keys.known()->empty()) << "our own are none";
    run("CREATE TABLE \"Rag \"\"Ingest\" (id INTEGER PRIMARY KEY, \"of doc\" INTEGER REFERENCES Documents (doc_id));");
    EXPECT_TRUE(keys.known()->empty()) << "not looked up each time";
    const auto found = keys.look_again();
    ASSERT_EQ(found->size(), 1U);
    EXPECT_EQ(keys.known(), found);
    const ForeignKey& key = found->front();
    EXPECT_EQ(key.table, "Rag \"Ingest");
    EXPECT_EQ(key.column, "of doc");
    EXPECT_TRUE(is_same_table(key.referenced_table, "Documents"));

    run("INSERT INTO Documents (doc_id) VALUES (1), (2);\n"
        "INSERT INTO \"Rag \"\"Ingest\" VALUES (1, 1), (2, 1), (3, 2);");
    const auto removed = database().transaction(
        [&](Session& session) { return session.execute("DELETE " + key.rows, std::int64_t{1}); });
    EXPECT_EQ(removed, 2);
}

INSTANTIATE_TEST_SUITE_P(Every, ForeignKeysTest, each_dialect(), dialect_of);

TEST(SameTable, GoesWithoutCase) {
    EXPECT_TRUE(is_same_table("rag_ingest", "Rag_Ingest"));
    EXPECT_FALSE(is_same_table("rag_ingest", "Rag_Ingests"));
}

}  // namespace
}  // namespace nassaq::db
