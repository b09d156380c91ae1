#include "db/foreign_keys.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "server_database.hpp"
#include "temporary_database.hpp"

namespace nassaq::db {
namespace {

/// The same on every database that there is to test with.
class ForeignKeysTest : public TemporaryDatabase, public testing::WithParamInterface<Dialect> {
protected:
    void SetUp() override {
        if (GetParam() == Dialect::postgres) {
            if (postgres_for_tests().empty()) {
                GTEST_SKIP() << "NASSAQ_TEST_POSTGRES names no PostgreSQL";
            }
            schema_ = std::make_unique<TemporarySchema>();
            opened_ = std::make_unique<Database>(schema_->driver(), 4);
        } else {
            opened_ = std::make_unique<Database>(make_sqlite_driver(file()), 4);
        }
        run("CREATE TABLE Documents (doc_id INTEGER PRIMARY KEY);\n"
            "CREATE TABLE Processing_Status (doc_id INTEGER NOT NULL REFERENCES Documents (doc_id));");
    }
    void run(const std::string& script) {
        database().transaction([&](Session& session) { session.run_script(script); });
    }
    Database& database() { return *opened_; }

private:
    std::unique_ptr<TemporarySchema> schema_;
    std::unique_ptr<Database> opened_;
};

TEST_P(ForeignKeysTest, AreThoseOfTablesThatWeHaveNotMade) {
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
        [&](Session& session) { return session.execute(key.delete_statement, std::int64_t{1}); });
    EXPECT_EQ(removed, 2);
}

INSTANTIATE_TEST_SUITE_P(Dialects, ForeignKeysTest, testing::Values(Dialect::sqlite, Dialect::postgres),
                         [](const auto& instance) {
                             return std::string(instance.param == Dialect::sqlite ? "Sqlite" : "Postgres");
                         });

TEST(SameTable, GoesWithoutCase) {
    EXPECT_TRUE(is_same_table("rag_ingest", "Rag_Ingest"));
    EXPECT_FALSE(is_same_table("rag_ingest", "Rag_Ingests"));
}

}  // namespace
}  // namespace nassaq::db
