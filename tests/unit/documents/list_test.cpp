#include "documents/list.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <random>
#include <stop_token>

#include "../support/database.hpp"
#include "../support/temporary_folder.hpp"
#include "schema/write.hpp"

namespace nassaq::documents {
namespace {

struct Count {
    std::int64_t user_id = 0;
    std::string status;
    std::int64_t documents = 0;
    bool operator==(const Count&) const = default;
};
BOOST_DESCRIBE_STRUCT(Count, (), (user_id, status, documents))

class ListTest : public testing::Test {
protected:
    std::int64_t add(std::int64_t user_id, const std::string& status) {
        const std::int64_t doc_id =
            database_.add_document("page " + std::to_string(++added_), user_id, std::nullopt, std::nullopt);
        set_stage(doc_id, status);
        return doc_id;
    }
    void set_stage(std::int64_t doc_id, const std::string& status) {
        database_.execute(
            "INSERT INTO Processing_Status (doc_id, stage_name, status, start_time) VALUES (?, 'OCR', ?, ?)", doc_id,
            status, now());
    }
    std::vector<Count> kept() {
        return query("SELECT user_id, status, documents FROM Document_Counts WHERE documents <> 0 ORDER BY 1, 2");
    }
    std::vector<Count> counted() {
        return query(
            "SELECT 0, COALESCE(s.status, ''), COUNT(*) FROM Documents d "
            "LEFT JOIN Processing_Status s ON s.doc_id = d.doc_id AND s.stage_name = 'OCR' GROUP BY 1, 2 "
            "UNION ALL SELECT d.uploaded_by_user_id, COALESCE(s.status, ''), COUNT(*) FROM Documents d "
            "LEFT JOIN Processing_Status s ON s.doc_id = d.doc_id AND s.stage_name = 'OCR' GROUP BY 1, 2 ORDER BY 1, "
            "2");
    }
    /// What the lists of a user, or of all, show, and the number that is to change with it.
    std::pair<std::string, std::int64_t> shown(std::optional<std::int64_t> user_id) {
        return database_.get().read([&](db::Session& session) {
            const std::int64_t version = list_version(session, user_id).value();
            const Filter filter{.user_id = user_id, .status = {}};
            return std::pair(schema::to_json(list_documents(session, filter, {.limit = 1'000})), version);
        });
    }
    std::vector<std::int64_t> listed(const Filter& filter, db::Paging page = {}) {
        const DocumentList list =
            database_.get().read([&](db::Session& session) { return list_documents(session, filter, page); });
        std::vector<std::int64_t> ids;
        for (const DocumentItem& item : list.items) ids.push_back(item.doc_id);
        return ids;
    }

    test::TemporaryFolder folder_;
    test::TestDatabase database_{folder_.path()};
    std::int64_t user_ = database_.add_user("reader");
    std::int64_t other_ = database_.add_user("writer");

private:
    std::vector<Count> query(std::string_view sql) {
        return database_.get().read([&](db::Session& session) { return session.query<Count>(sql); });
    }
    int added_ = 0;
};

TEST_F(ListTest, NumbersAndVersionsStayRightWhateverIsDone) {
    constexpr auto statuses = std::to_array<const char*>({"Queued", "Processing", "Finished", "Failed"});
    std::mt19937 random(20);  // NOLINT(cert-msc51-cpp): the same steps in each run.
    std::vector<std::int64_t> documents;
    const std::vector<std::optional<std::int64_t>> viewers{user_, other_, std::nullopt};
    std::vector<std::pair<std::string, std::int64_t>> before{shown(user_), shown(other_), shown(std::nullopt)};
    for (int step = 0; step < 300; ++step) {
        const std::string status = statuses.at(random() % statuses.size());
        const std::int64_t user = random() % 2 == 0 ? user_ : other_;
        const auto any = [&] { return documents.at(random() % documents.size()); };
        switch (documents.empty() ? 0 : random() % 12) {
            case 0:
            case 1:
                documents.push_back(add(user, status));
                break;
            case 2:
                database_.execute("UPDATE Processing_Status SET status = ?, start_time = ? WHERE doc_id = ?", status,
                                  now(), any());
                break;
            case 3:
                database_.execute("DELETE FROM Processing_Status WHERE doc_id = ?", any());
                break;
            case 4:
                database_.execute(
                    "INSERT INTO Processing_Status (doc_id, stage_name, status, start_time) "
                    "VALUES (?, 'OCR', ?, ?) ON CONFLICT (doc_id, stage_name) DO NOTHING",
                    any(), status, now());
                break;
            case 5:
                database_.execute("UPDATE Documents SET filename = ? WHERE doc_id = ?", "name " + std::to_string(step),
                                  any());
                break;
            case 6:
                database_.execute("UPDATE Processing_Status SET error_message = ? WHERE doc_id = ?",
                                  "error " + std::to_string(step), any());
                break;
            case 7:
                database_.execute("UPDATE Virtual_Paths SET full_path = ?", "/shelf " + std::to_string(step));
                break;
            case 8:
                database_.execute(
                    "INSERT INTO Processing_Status (doc_id, stage_name, status, start_time) "
                    "VALUES (?, 'Classification', ?, ?) ON CONFLICT (doc_id, stage_name) DO NOTHING",
                    any(), status, now());
                break;
            case 9:
                database_.execute("DELETE FROM Processing_Status WHERE stage_name <> 'OCR' AND doc_id = ?", any());
                break;
            case 10:
                database_.execute("UPDATE Documents SET file_size = ?, content_type = ? WHERE doc_id = ?", step,
                                  "type/" + std::to_string(step), any());
                break;
            default:
                const std::int64_t doc_id = any();
                database_.execute("DELETE FROM Processing_Status WHERE doc_id = ?", doc_id);
                database_.execute("DELETE FROM Documents WHERE doc_id = ?", doc_id);
                std::erase(documents, doc_id);
        }
        ASSERT_EQ(kept(), counted()) << "after step " << step;
        for (std::size_t i = 0; i < viewers.size(); ++i) {
            auto after = shown(viewers.at(i));
            ASSERT_TRUE(after.first == before.at(i).first || after.second > before.at(i).second)
                << "after step " << step;
            before.at(i) = std::move(after);
        }
    }
}

TEST_F(ListTest, AnUndoneChangeIsNotCounted) {
    add(user_, "Queued");
    const auto before = kept();
    EXPECT_THROW(database_.get().transaction([&](db::Session& session) {
        session.execute("UPDATE Processing_Status SET status = 'Finished'");
        throw std::runtime_error("no");
    }),
                 std::runtime_error);
    EXPECT_EQ(kept(), before);
}

/// As today's platform leaves them: the first two stages, and its own way to write an extension.
TEST_F(ListTest, ShowsTheFileAndEveryStage) {
    const std::int64_t doc_id = add(user_, "Finished");
    const std::int64_t bare = database_.add_document("bare", user_, std::nullopt, std::nullopt);
    database_.execute(
        "INSERT INTO Processing_Status (doc_id, stage_name, status, start_time, error_message) "
        "VALUES (?, 'Classification', 'Failed', ?, 'no domain'), (?, 'Vectorization', 'Queued', ?, NULL)",
        doc_id, now(), doc_id, now());
    database_.execute("UPDATE Documents SET file_size = 12, content_type = 'a/b', file_type = '.pdf' WHERE doc_id = ?",
                      doc_id);
    const DocumentList list =
        database_.get().read([&](db::Session& session) { return list_documents(session, {}, {}); });
    ASSERT_EQ(list.items.size(), 2U);
    EXPECT_EQ(list.items.at(0).doc_id, bare);
    EXPECT_EQ(list.items.at(0).file_type, ".txt");
    EXPECT_FALSE(list.items.at(0).status || list.items.at(0).ocr_status || list.items.at(0).vectorization_status);
    const DocumentItem& item = list.items.at(1);
    EXPECT_EQ(item.file_size, 12);
    EXPECT_EQ(item.content_type, "a/b");
    EXPECT_EQ(item.file_type, ".pdf");
    EXPECT_EQ(item.status, "Finished");
    EXPECT_EQ(item.ocr_status, "Finished");
    EXPECT_FALSE(item.ocr_error_message);
    EXPECT_EQ(item.classification_status, "Failed");
    EXPECT_EQ(item.classification_error_message, "no domain");
    EXPECT_EQ(item.vectorization_status, "Queued");
}

// The same page whichever way it is found: a rare status through its index, a common one by time.
TEST_F(ListTest, FindsAPageOfEveryStatus) {
    std::vector<std::int64_t> finished;
    std::vector<std::int64_t> failed;
    for (int number = 0; number < 200; ++number) {
        (number % 50 == 7 ? failed : finished).push_back(add(user_, number % 50 == 7 ? "Failed" : "Finished"));
    }
    const std::int64_t of_other = add(other_, "Failed");
    const auto newest_first = [](std::vector<std::int64_t> ids) {
        std::ranges::reverse(ids);
        return ids;
    };
    EXPECT_EQ(listed({.user_id = user_, .status = "Failed"}), newest_first(failed));
    EXPECT_EQ(listed({.user_id = user_, .status = "Finished"}, {.limit = 200}), newest_first(finished));
    EXPECT_EQ(listed({.user_id = user_, .status = "Finished"}, {.skip = 190}).size(), finished.size() - 190);
    EXPECT_EQ(listed({.user_id = {}, .status = "Failed"}).front(), of_other);
    EXPECT_TRUE(listed({.user_id = user_, .status = "Queued"}).empty());
    EXPECT_EQ(listed({.user_id = other_, .status = {}}), std::vector{of_other});
}

/// A statement of more than 10,000 steps of SQLite's machine looks whether it is to stop, and then ends.
TEST_F(ListTest, APageAmongVeryManyIsFoundInFewSteps) {
    database_.execute(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) INSERT INTO Documents "
        "(filename, path_id, uploaded_by_user_id, mongo_doc_id, uploaded_at) SELECT 'page ' || i, 1, ?, 'x', ? FROM n",
        user_, now());
    database_.execute(
        "INSERT INTO Processing_Status (doc_id, stage_name, status, start_time) "
        "SELECT doc_id, 'OCR', CASE doc_id % 1000 WHEN 7 THEN 'Failed' ELSE 'Finished' END, ? FROM Documents",
        now());
    for (const auto& user_id : {std::optional<std::int64_t>(), std::optional(user_)}) {
        for (const auto& status : {std::optional<std::string>(), std::optional<std::string>("Finished"),
                                   std::optional<std::string>("Failed")}) {
            std::stop_source stop;
            std::size_t found = 0;
            EXPECT_NO_THROW(database_.get().read(stop.get_token(), [&](db::Session& session) {
                stop.request_stop();
                found = list_documents(session, {.user_id = user_id, .status = status}, {}).items.size();
            })) << status.value_or("any status");
            EXPECT_EQ(found, status == "Failed" ? 5 : 20);
        }
    }
}

}  // namespace
}  // namespace nassaq::documents
