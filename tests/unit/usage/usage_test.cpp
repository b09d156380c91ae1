#include "usage/usage.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "../support/database.hpp"
#include "../support/temporary_folder.hpp"
#include "usage/counting.hpp"

namespace nassaq::usage {
namespace {

class UsageTest : public testing::Test {
protected:
    Standing standing(const Limits& defaults = {}) {
        return database_.get().read(
            [&](db::Session& session) { return find_standing(session, user_id_, defaults).value(); });
    }

    /// As an upload does it, in one transaction. @return what was refused.
    std::optional<Excess> upload(std::int64_t bytes, const Limits& defaults = {}) {
        const auto taken = database_.get().transaction([&](db::Session& session) {
            session.insert("Documents", "doc_id",
                           {{"filename", "file " + std::to_string(++names_)},
                            {"path_id", 1},
                            {"uploaded_by_user_id", user_id_},
                            {"uploaded_at", now()},
                            {"file_size", bytes}});
            return add(session, user_id_, {.bytes = bytes}, defaults);
        });
        return taken ? std::nullopt : std::optional(taken.error().excess);
    }

    void set(const Quota& quota) {
        database_.get().transaction([&](db::Session& session) { set_user_quota(session, user_id_, quota); });
    }

    std::int64_t documents() {
        return database_.count("SELECT COUNT(*) FROM Documents WHERE uploaded_by_user_id = ?", user_id_);
    }

    test::TemporaryFolder folder_;
    test::TestDatabase database_{folder_.path()};
    std::int64_t user_id_ = database_.add_user("someone");
    std::atomic<int> names_ = 0;
};

TEST_F(UsageTest, KeepsNothingForWhomNothingApplies) {
    EXPECT_EQ(upload(10), std::nullopt);
    EXPECT_FALSE(standing().is_counted);
    EXPECT_EQ(database_.count("SELECT COUNT(*) FROM User_Usage"), 0);
}

TEST_F(UsageTest, TakesTheUsersNumberBeforeTheRolesBeforeTheSettings) {
    const Limits defaults{.bytes = 1, .documents = 2, .pages_per_day = 3};
    database_.execute("UPDATE Users SET role_id = 1 WHERE user_id = ?", user_id_);
    database_.get().transaction(
        [&](db::Session& session) { set_role_quota(session, 1, {.bytes = 10, .documents = 20, .pages_per_day = {}}); });
    set({.bytes = 100, .documents = {}, .pages_per_day = {}});
    EXPECT_EQ(standing(defaults).limits.bytes, 100);
    EXPECT_EQ(standing(defaults).limits.documents, 20);
    EXPECT_EQ(standing(defaults).limits.pages_per_day, 3);
    set({.bytes = 0, .documents = 0, .pages_per_day = 0});
    EXPECT_EQ(standing(defaults).limits.bytes, 0) << "no limit";
    set({});
    EXPECT_EQ(database_.count("SELECT COUNT(*) FROM User_Quotas"), 0);
    EXPECT_EQ(standing(defaults).limits.bytes, 10);
    database_.execute("UPDATE Users SET role_id = 99 WHERE user_id = ?", user_id_);
    EXPECT_EQ(standing(defaults).limits.documents, 0) << "an administrator";
}

TEST_F(UsageTest, CountsWhatWasThereBefore) {
    database_.add_document("of unknown size", user_id_, std::nullopt, std::nullopt);
    EXPECT_EQ(upload(40), std::nullopt);
    set({.bytes = 100, .documents = 3, .pages_per_day = {}});
    EXPECT_EQ(upload(70), Excess::bytes);
    EXPECT_EQ(upload(60), std::nullopt);
    EXPECT_EQ(upload(1), Excess::documents);
    EXPECT_EQ(standing().bytes, 100);
    EXPECT_EQ(standing().documents, 3);
    EXPECT_EQ(documents(), 3) << "what is refused leaves nothing";
}

TEST_F(UsageTest, GivesBackWhatIsDeleted) {
    set({.bytes = 100, .documents = {}, .pages_per_day = {}});
    EXPECT_EQ(upload(100), std::nullopt);
    database_.get().transaction([&](db::Session& session) {
        const auto doc_id = session.get<std::int64_t>("SELECT MAX(doc_id) FROM Documents");
        remove_document(session, doc_id);
        session.execute("DELETE FROM Documents WHERE doc_id = ?", doc_id);
    });
    EXPECT_EQ(standing().bytes, 0);
    EXPECT_EQ(standing().documents, 0);
    EXPECT_EQ(upload(100), std::nullopt);
}

TEST_F(UsageTest, HoldsWhenManyComeAtOnce) {
    set({.bytes = {}, .documents = 7, .pages_per_day = {}});
    std::atomic<int> refused = 0;
    {
        std::vector<std::jthread> uploads;
        for (int i = 0; i < 20; ++i) {
            uploads.emplace_back([&] { refused += upload(1) ? 1 : 0; });
        }
    }
    EXPECT_EQ(refused, 13);
    EXPECT_EQ(documents(), 7);
    EXPECT_EQ(standing().documents, 7);
}

TEST_F(UsageTest, CountsThePagesOfADay) {
    const Limits defaults{.bytes = 0, .documents = 0, .pages_per_day = 5};
    const auto add = [&](std::int64_t pages) {
        database_.get().transaction([&](db::Session& session) { add_pages(session, user_id_, pages); });
    };
    add(2);
    EXPECT_TRUE(has_pages_left(standing(defaults)));
    add(3);
    EXPECT_EQ(standing(defaults).pages_today, 5);
    EXPECT_EQ(excess_of(standing(defaults), {.bytes = 1}), Excess::pages);
    database_.execute("UPDATE Page_Usage SET usage_day = usage_day - 1");
    EXPECT_TRUE(has_pages_left(standing(defaults)));
    EXPECT_EQ(remove_old_pages(database_.get()), 0U) << "yesterday's, for a node whose clock is behind";
    database_.execute("UPDATE Page_Usage SET usage_day = usage_day - 1");
    EXPECT_EQ(remove_old_pages(database_.get()), 1U);
}

TEST_F(UsageTest, GoesWithItsUser) {
    set({.bytes = 1, .documents = {}, .pages_per_day = {}});
    database_.get().transaction([&](db::Session& session) {
        start_counting(session, user_id_);
        add_pages(session, user_id_, 1);
        session.execute("DELETE FROM Users WHERE user_id = ?", user_id_);
    });
    EXPECT_EQ(database_.count("SELECT COUNT(*) FROM User_Quotas"), 0);
    EXPECT_EQ(database_.count("SELECT COUNT(*) FROM User_Usage"), 0);
    EXPECT_EQ(database_.count("SELECT COUNT(*) FROM Page_Usage"), 0);
}

TEST_F(UsageTest, LooksThroughIndexesOnly) {
    const std::string plan = database_.query_plan(
        "SELECT u.role_id, q.bytes, r.bytes, s.bytes, p.pages FROM Users u "
        "LEFT JOIN User_Quotas q ON q.user_id = u.user_id LEFT JOIN Role_Quotas r ON r.role_id = u.role_id "
        "LEFT JOIN User_Usage s ON s.user_id = u.user_id "
        "LEFT JOIN Page_Usage p ON p.user_id = u.user_id AND p.usage_day = ? WHERE u.user_id = ?");
    EXPECT_EQ(plan.find("SCAN"), std::string::npos) << plan;
}

}  // namespace
}  // namespace nassaq::usage
