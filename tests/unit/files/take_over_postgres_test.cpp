/// Documents that are taken in while others delete them, on PostgreSQL (tests/support/postgres.py sets
/// NASSAQ_TEST_POSTGRES).

#include <future>

#include "../db/server_database.hpp"
#include "../support/database.hpp"
#include "db/migrate.hpp"
#include "files/old_place.hpp"

namespace nassaq::files {
namespace {

class TakeOverPostgresTest : public db::PostgresTest {};

std::int64_t add_document(db::Session& session, const std::string& name) {
    const auto root = session.get<std::int64_t>("SELECT path_id FROM Virtual_Paths WHERE full_path = '/'");
    return session.insert("Documents", "doc_id",
                          {{"filename", name},
                           {"path_id", root},
                           {"uploaded_by_user_id", test::add_user(session, name)},
                           {"uploaded_at", now()},
                           {"sha256", std::string(64, 'a')},
                           {"blob_name", name}});
}

TEST_F(TakeOverPostgresTest, ADocumentThatIsBeingDeletedIsLeftOut) {
    const db::TemporarySchema schema;
    db::Database database(schema.driver(), 3);
    db::migrate(database);
    const auto doc_id = database.transaction([](db::Session& session) {
        add_document(session, "stays");
        return add_document(session, "goes");
    });
    std::future<std::int64_t> taken;
    database.transaction([&](db::Session& session) {
        session.execute("DELETE FROM Documents WHERE doc_id = ?", doc_id);
        taken = std::async(std::launch::async, [&] {
            return database.transaction([&](db::Session& other) { return take_in_all_certain(other, 0, doc_id); });
        });
        // It has met the row and waits, or it meets it later.
        EXPECT_EQ(taken.wait_for(std::chrono::milliseconds{300}), std::future_status::timeout);
    });
    EXPECT_EQ(taken.get(), 1);
}

}  // namespace
}  // namespace nassaq::files
