#include "documents/shared_list.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "../db/each_database.hpp"
#include "../support/database.hpp"
#include "access/audiences.hpp"
#include "access/rights_store.hpp"
#include "db/migrate.hpp"
#include "search/audiences.hpp"

namespace nassaq::documents {
namespace {

struct Row {
    std::int64_t doc_id = 0;
    std::int64_t owner_id = 0;
    std::int64_t path_id = 0;
    Timestamp uploaded_at;
    std::string status;
};
BOOST_DESCRIBE_STRUCT(Row, (), (doc_id, owner_id, path_id, uploaded_at, status))

struct Placed {
    std::int64_t doc_id = 0;
    std::int64_t audience_id = 0;
    std::int64_t owner_id = 0;
    Timestamp uploaded_at;
    std::string status;
    bool operator==(const Placed&) const = default;
};
BOOST_DESCRIBE_STRUCT(Placed, (), (doc_id, audience_id, owner_id, uploaded_at, status))

struct Number {
    std::int64_t audience_id = 0;
    std::int64_t owner_id = 0;
    std::string status;
    std::int64_t documents = 0;
    bool operator==(const Number&) const = default;
};
BOOST_DESCRIBE_STRUCT(Number, (), (audience_id, owner_id, status, documents))

constexpr std::string_view all_rows =
    "SELECT d.doc_id, d.uploaded_by_user_id, d.path_id, d.uploaded_at, COALESCE(s.status, '') FROM Documents d LEFT "
    "JOIN "
    "Processing_Status s ON s.doc_id = d.doc_id AND s.stage_name = 'OCR' ORDER BY d.uploaded_at DESC, d.doc_id DESC";
constexpr auto some_statuses = std::to_array<std::string_view>({"Queued", "Processing", "Finished", "Failed"});

/// Folders, documents, entries and statuses come, change and go at random, on each database. What the lists say is
/// compared with what each document says of itself.
class SharedListTest : public db::EachDatabase {
protected:
    void SetUp() override {
        EachDatabase::SetUp();
        if (IsSkipped()) return;
        db::migrate(database());
        keys_ = std::make_unique<search::AudienceKeys>(database());
        for (const std::string name : {"one", "two", "three"}) {
            users_.push_back(
                database().transaction([&](db::Session& session) { return test::add_user(session, name); }));
        }
    }

    std::size_t any(std::size_t count) { return std::uniform_int_distribution<std::size_t>(0, count - 1)(random_); }
    template <class Things>
    const auto& one_of(const Things& things) {
        return things[any(things.size())];
    }
    void execute(std::string_view sql, const auto&... values) {
        database().transaction([&](db::Session& session) { session.execute(sql, values...); });
    }
    template <class Result>
    std::vector<Result> query(std::string_view sql) {
        return database().read([&](db::Session& session) { return session.query<Result>(sql); });
    }
    std::vector<std::int64_t> folders() {
        return query<std::int64_t>("SELECT path_id FROM Virtual_Paths ORDER BY path_id");
    }

    void add_folder() {
        const std::string above = one_of(query<std::string>("SELECT full_path FROM Virtual_Paths ORDER BY path_id"));
        const std::string name = (above == "/" ? "" : above + "/") + "f" + std::to_string(++names_);
        execute("INSERT INTO Virtual_Paths (full_path, created_at, depth) VALUES (?, ?, 1)", name, now());
    }
    void add_document() {
        const Timestamp uploaded_at = now() - std::chrono::hours{any(1000)};
        database().transaction([&](db::Session& session) {
            session.insert("Documents", "doc_id",
                           {{"filename", "d" + std::to_string(++names_)},
                            {"path_id", one_of(folders_)},
                            {"uploaded_by_user_id", one_of(users_)},
                            {"uploaded_at", uploaded_at}});
        });
    }
    void set_status(std::int64_t doc_id) {
        database().transaction([&](db::Session& session) {
            const std::string_view status = one_of(some_statuses);
            if (session.execute("UPDATE Processing_Status SET status = ? WHERE doc_id = ?", status, doc_id) == 0) {
                session.execute(
                    "INSERT INTO Processing_Status (doc_id, stage_name, status, start_time) VALUES (?, 'OCR', ?, ?)",
                    doc_id, status, now());
            }
        });
    }
    void remove(std::int64_t doc_id) {
        database().transaction([&](db::Session& session) {
            session.execute("DELETE FROM Processing_Status WHERE doc_id = ?", doc_id);
            session.execute("DELETE FROM Documents WHERE doc_id = ?", doc_id);
        });
    }
    void say(std::string_view kind, std::int64_t id) {
        execute(
            "INSERT INTO Individual_Permissions (user_id, action_id, entity_id, entity_type, is_allowed, is_inherited) "
            "SELECT ?, action_id, ?, ?, ?, ? FROM Actions WHERE action_name = 'document.read'",
            one_of(users_), id, kind, any(3) != 0, false);
    }
    void move_folder() {
        const std::int64_t path_id = one_of(folders_);
        if (path_id == folders_.front()) return;  // The root.
        const std::string from = database().read([&](db::Session& session) {
            return session.get<std::string>("SELECT full_path FROM Virtual_Paths WHERE path_id = ?", path_id);
        });
        const std::string to = "m" + std::to_string(++names_);
        for (const auto& folder : query<access::Folder>("SELECT path_id, full_path FROM Virtual_Paths")) {
            if (folder.full_path != from && !folder.full_path.starts_with(from + "/")) continue;
            execute("UPDATE Virtual_Paths SET full_path = ? WHERE path_id = ?",
                    to + folder.full_path.substr(from.size()), folder.path_id);
        }
    }

    void take_step() {
        folders_ = folders();
        const auto documents = query<std::int64_t>("SELECT doc_id FROM Documents ORDER BY doc_id");
        switch (documents.empty() ? 0 : any(14)) {
            case 0:
            case 1:
            case 2:
                add_document();
                break;
            case 3:
                if (folders_.size() < 12) add_folder();
                break;
            case 4:
            case 5:
                set_status(one_of(documents));
                break;
            case 6:
                execute("UPDATE Documents SET path_id = ? WHERE doc_id = ?", one_of(folders_), one_of(documents));
                break;
            case 7:
                execute("UPDATE Documents SET uploaded_by_user_id = ? WHERE doc_id = ?", one_of(users_),
                        one_of(documents));
                break;
            case 8:
                if (documents.size() > 40) remove(one_of(documents));
                break;
            case 9:
                say("document", one_of(documents));
                break;
            case 10:
            case 11:
                say("path", one_of(folders_));
                break;
            case 12:
                execute("DELETE FROM Individual_Permissions WHERE entity_id = ?", one_of(folders_));
                break;
            default:
                move_folder();
        }
    }

    Filter filter_for(std::int64_t user_id, bool has_others_only, std::optional<std::string> status) {
        auto reach = database().read([&](db::Session& session) {
            const access::Rights rights = access::read_rights(session, {.user_id = user_id, .role_id = 1});
            return access::reach_of(session, rights);
        });
        return {.user_id = {},
                .status = std::move(status),
                .reader = Reader{.reach = std::move(reach), .key = {}, .has_others_only = has_others_only}};
    }

    void check(const Filter& filter, const std::vector<Row>& rows) {
        const access::Reach& reach = *filter.reader->reach;
        std::vector<std::int64_t> expected;
        for (const Row& row : rows) {
            const bool is_shown = !filter.reader->has_others_only || row.owner_id != reach.owner_id;
            if (is_shown && (!filter.status || *filter.status == row.status) &&
                reach.includes(row.doc_id, row.owner_id, row.path_id)) {
                expected.push_back(row.doc_id);
            }
        }
        const db::Paging page{.skip = static_cast<std::int64_t>(any(expected.size() + 2)),
                              .limit = static_cast<std::int64_t>(1 + any(10))};
        const DocumentList list =
            database().read([&](db::Session& session) { return list_documents(session, filter, page); });
        ASSERT_EQ(list.total, std::ssize(expected));
        std::vector<std::int64_t> listed;
        for (const DocumentItem& item : list.items) listed.push_back(item.doc_id);
        const auto first = std::min(page.skip, std::ssize(expected));
        const auto last = std::min(page.skip + page.limit, std::ssize(expected));
        ASSERT_EQ(listed, std::vector(expected.begin() + first, expected.begin() + last));
        from_audiences_ += reach.kind == access::Reach::Kind::some && !reach.audiences.empty() &&
                           database().read([&](db::Session& session) { return is_of_audiences(session, filter); });
    }

    /// All documents are where their folders say, and counted.
    void check_tables(const std::vector<Row>& rows) {
        const auto [folders, governing] = database().read([](db::Session& session) {
            return std::pair(session.query<access::Folder>("SELECT path_id, full_path FROM Virtual_Paths"),
                             access::read_governing_folders(session));
        });
        const auto audiences = access::audiences_of(folders, governing);
        std::vector<Placed> expected;
        for (const Row& row : rows) {
            if (const auto found = audiences.find(row.path_id); found != audiences.end()) {
                expected.push_back({row.doc_id, found->second, row.owner_id, row.uploaded_at, row.status});
            }
        }
        ASSERT_EQ(query<Placed>("SELECT doc_id, audience_id, owner_id, uploaded_at, status FROM Audience_Documents "
                                "ORDER BY uploaded_at DESC, doc_id DESC"),
                  expected);
        if (GetParam() != db::Dialect::sqlite) return;
        ASSERT_EQ(
            query<Number>("SELECT audience_id, owner_id, status, documents FROM Audience_Counts WHERE documents <> 0 "
                          "ORDER BY 1, 2, 3"),
            query<Number>("SELECT audience_id, 0, status, COUNT(*) FROM Audience_Documents GROUP BY 1, 3 UNION ALL "
                          "SELECT audience_id, owner_id, status, COUNT(*) FROM Audience_Documents GROUP BY 1, 2, 3 "
                          "ORDER BY 1, 2, 3"));
    }

    std::unique_ptr<search::AudienceKeys> keys_;
    std::vector<std::int64_t> users_;
    std::vector<std::int64_t> folders_;
    int names_ = 0;
    int from_audiences_ = 0;
    std::mt19937 random_{20261201};
};

TEST_P(SharedListTest, SaysWhatEachDocumentDoesAfterEachStep) {
    constexpr int steps = 600;
    for (int step = 0; step < steps; ++step) {
        take_step();
        const bool is_settled = any(4) != 0;
        while (is_settled && keys_->step() > 0) {
        }
        const auto rows = query<Row>(all_rows);
        if (is_settled) {
            ASSERT_NO_FATAL_FAILURE(check_tables(rows)) << "step " << step;
        }
        const std::int64_t user_id = one_of(users_);
        for (const bool has_others_only : {false, true}) {
            ASSERT_NO_FATAL_FAILURE(check(filter_for(user_id, has_others_only, {}), rows)) << "step " << step;
            ASSERT_NO_FATAL_FAILURE(
                check(filter_for(user_id, has_others_only, std::string(one_of(some_statuses))), rows))
                << "step " << step;
        }
    }
    EXPECT_GT(from_audiences_, steps) << "most lists have to be taken from the audiences";
}

INSTANTIATE_TEST_SUITE_P(Databases, SharedListTest, db::each_dialect(), db::dialect_of);

}  // namespace
}  // namespace nassaq::documents
