/// The numbers of a user when another program writes into the same PostgreSQL (tests/support/postgres.py sets
/// NASSAQ_TEST_POSTGRES).

#include <chrono>

#include "../db/server_database.hpp"
#include "../support/database.hpp"
#include "db/migrate.hpp"
#include "usage/counting.hpp"

namespace nassaq::usage {
namespace {

class RecountTest : public db::PostgresTest {};

/// As a Python server writes it, which knows nothing of User_Usage.
void add_document(db::Session& session, std::int64_t user_id, std::int64_t bytes) {
    const auto root = session.get<std::int64_t>("SELECT path_id FROM Virtual_Paths WHERE full_path = '/'");
    session.insert("Documents", "doc_id",
                   {{"filename", "a file"},
                    {"path_id", root},
                    {"uploaded_by_user_id", user_id},
                    {"uploaded_at", now()},
                    {"file_size", bytes}});
}

TEST_F(RecountTest, FindsWhatAnotherProgramHasWritten) {
    const db::TemporarySchema schema;
    db::Database database(schema.driver(), 2);
    db::migrate(database);
    const auto user_id = database.transaction([](db::Session& session) {
        const auto id = test::add_user(session, "someone");
        start_counting(session, id);
        add_document(session, id, 70);
        return id;
    });
    auto standing = [&] {
        return database.read([&](db::Session& session) { return find_standing(session, user_id, {}).value(); });
    };
    EXPECT_EQ(recount(database), 0U) << "it has been counted just now";
    EXPECT_EQ(standing().documents, 0);
    database.transaction([&](db::Session& session) {
        session.execute("UPDATE User_Usage SET counted_at = ? WHERE user_id = ?", now() - std::chrono::hours(25),
                        user_id);
    });
    EXPECT_EQ(recount(database), 1U);
    EXPECT_EQ(standing().documents, 1);
    EXPECT_EQ(standing().bytes, 70);
    EXPECT_EQ(recount(database), 0U) << "not before another day";
}

}  // namespace
}  // namespace nassaq::usage
