#include "search/audiences.hpp"

#include <algorithm>
#include <array>
#include <random>
#include <string_view>
#include <tuple>

#include "access/rights_store.hpp"
#include "index_fixture.hpp"

namespace nassaq::search {
namespace {

constexpr auto text_words = std::to_array<std::string_view>(
    {"lease", "leases", "water", "meter", "garden", "winter", "بيت", "عقد", "النهر", "meters"});
constexpr auto queries =
    std::to_array<std::string_view>({"lease", "water meter", "\"water meter\"", "garden -winter", "lea*", "عقد",
                                     "letter", "letter lease", "+meter winter", "lettre", "watre"});

/// Documents of others are put into shared folders, moved, renamed and taken away at random. What a search of the
/// audiences finds is compared with what one of everybody's passages leaves when each is asked for.
class AudiencesTest : public IndexTest {
protected:
    void SetUp() override {
        IndexTest::SetUp();
        if (!database_) return;
        for (const char* path : {"a", "a/b", "c", "c/d"}) folders_.push_back(add_path(path));
        folders_.push_back(1);
        keys_ = std::make_unique<AudienceKeys>(*database_);
    }

    std::size_t any(std::size_t count) { return std::uniform_int_distribution<std::size_t>(0, count - 1)(random_); }

    void execute(std::string_view sql, const auto&... values) {
        database_->transaction([&](db::Session& session) { session.execute(sql, values...); });
    }

    std::string some_text() {
        std::string text;
        for (std::size_t words = 1 + any(8); words > 0; --words) {
            text += text_words[any(text_words.size())];
            text += ' ';
        }
        return text;
    }

    std::string new_name(const std::string& words) { return fmt::format("{} {}.txt", words, ++names_); }

    void add_document() {
        std::vector<std::string> pages;
        for (std::size_t count = 1 + any(3); count > 0; --count) pages.push_back(some_text());
        const bool is_letter = any(3) == 0;
        documents_.push_back(add(any(3) == 0 ? ours_ : theirs_, new_name(is_letter ? "letter lease" : "paper water"),
                                 pages, any(2) == 0 ? "en" : "ar", folders_[any(folders_.size())]));
    }

    void say() {
        execute(
            "INSERT INTO Individual_Permissions (user_id, action_id, entity_id, entity_type, is_allowed, is_inherited) "
            "SELECT ?, action_id, ?, ?, ?, ? FROM Actions WHERE action_name = 'document.read'",
            ours_, any(4) == 0 ? documents_[any(documents_.size())] : folders_[any(folders_.size())],
            any(4) == 0 ? "document" : "path", any(4) != 0, false);
    }

    void take_step() {
        if (documents_.size() < 8) return add_document();
        const std::size_t which = any(documents_.size());
        switch (any(8)) {
            case 0:
            case 1:
                return add_document();
            case 2:
            case 3:
                return execute("UPDATE Documents SET path_id = ? WHERE doc_id = ?", folders_[any(folders_.size())],
                               documents_[which]);
            case 4:
                remove(documents_[which]);
                documents_.erase(documents_.begin() + static_cast<std::ptrdiff_t>(which));
                return;
            case 5:
                return rename(documents_[which], new_name("letter " + std::string(text_words[any(text_words.size())])));
            case 6:
                return execute("DELETE FROM Individual_Permissions WHERE entity_id = ?",
                               folders_[any(folders_.size())]);
            default:
                return say();
        }
    }

    std::shared_ptr<const access::Reach> reach() {
        return database_->read([&](db::Session& session) {
            return access::reach_of(session, access::read_rights(session, {.user_id = ours_, .role_id = 1}));
        });
    }

    using Told = std::tuple<std::int64_t, std::int64_t, double, std::string>;
    std::pair<std::int64_t, std::vector<Told>> told(std::string_view query, const Filter& filter) {
        const Hits hits = search(query, filter, {.limit = 100});
        std::vector<Told> told;
        for (const Hit& hit : hits.items) told.emplace_back(hit.doc_id, hit.page, hit.score, hit.text);
        std::ranges::sort(told);
        return {hits.total, told};
    }

    std::vector<std::int64_t> folders_;
    std::vector<std::int64_t> documents_;
    int names_ = 0;
    std::unique_ptr<AudienceKeys> keys_;
    std::mt19937 random_{20261201};
};

TEST_P(AudiencesTest, FindTheSameAsALookAtEverybodysPassages) {
    int from_audiences = 0;
    for (int step = 0; step < 120; ++step) {
        take_step();
        while (keys_->step() > 0) {
        }
        if (step % 4 != 0) continue;
        Filter filter{.user_id = {}, .reach = reach()};
        if (filter.reach->kind != access::Reach::Kind::some) continue;
        if (any(3) == 0) filter.path = "a";
        if (any(3) == 0) filter.language = "en";
        from_audiences += !filter.reach->audiences.empty() && database_->read([&](db::Session& session) {
            return audiences_to_search(session, *filter.reach).has_value();
        });
        for (const std::string_view query : queries) {
            const auto found = told(query, filter);
            execute("UPDATE Audience_State SET is_too_full = 1");
            const auto expected = told(query, filter);
            execute("UPDATE Audience_State SET is_too_full = 0");
            ASSERT_EQ(found, expected) << "step " << step << ", " << query;
        }
    }
    EXPECT_GT(from_audiences, 10) << "most searches have to look at audiences";
}

/// Of what an id has no room for.
class CrowdedAudiencesTest : public AudiencesTest {};

TEST_P(CrowdedAudiencesTest, WhatHasNoRoomIsFoundAllTheSame) {
    execute("INSERT INTO Virtual_Paths (path_id, full_path, created_at, depth) VALUES (1048576, 'far', ?, 1)", now());
    const std::int64_t doc_id = add(theirs_, "paper.txt", {"water meter"}, "en", 1048576);
    execute(
        "INSERT INTO Individual_Permissions (user_id, action_id, entity_id, entity_type, is_allowed, is_inherited) "
        "SELECT ?, action_id, 1048576, 'path', 1, 0 FROM Actions WHERE action_name = 'document.read'",
        ours_);
    while (keys_->step() > 0) {
    }
    const Filter filter{.user_id = {}, .reach = reach()};
    EXPECT_FALSE(database_->read([&](db::Session& session) { return audiences_to_search(session, *filter.reach); }));
    EXPECT_EQ(ids(search("meter", filter)), std::vector{doc_id});
}

INSTANTIATE_TEST_SUITE_P(Databases, AudiencesTest, testing::Values(db::Dialect::sqlite, db::Dialect::postgres),
                         [](const auto& one) { return one.param == db::Dialect::sqlite ? "sqlite" : "postgres"; });
INSTANTIATE_TEST_SUITE_P(Databases, CrowdedAudiencesTest, testing::Values(db::Dialect::sqlite),
                         [](const auto&) { return "sqlite"; });

}  // namespace
}  // namespace nassaq::search
