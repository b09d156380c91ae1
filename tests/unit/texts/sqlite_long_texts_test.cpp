#include "texts/sqlite_long_texts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "../support/database.hpp"
#include "../support/temporary_folder.hpp"
#include "text_samples.hpp"
#include "texts/sql.hpp"

namespace nassaq::texts {
namespace {

using std::chrono_literals::operator""ms;
using Clock = std::chrono::steady_clock;

constexpr std::size_t mebibyte = std::size_t{1} << 20;

/// So many pages that no one transaction is to write them.
ocr::Document many_pages(const std::string& text) {
    std::vector<ocr::Page> pages;
    for (int number = 1; number <= 2'100; ++number) pages.push_back({.number = number, .text = text});
    return document_of(std::move(pages));
}

class LongTextTest : public testing::Test {
protected:
    std::string put(const ocr::Document& document) { return store_->put(subject_, document); }
    std::string put_short(const std::string& text) { return put(document_of({{.number = 1, .text = text}})); }

    std::vector<ocr::Page> pages() {
        std::vector<ocr::Page> found;
        store_->visit_pages(subject_.doc_id, [&](const ocr::Page& page) { found.push_back(page); });
        return found;
    }
    std::string text_of_first_page() {
        const auto found = pages();
        return found.empty() ? "" : found.front().text;
    }
    std::int64_t count(std::string_view table) { return database_.count("SELECT COUNT(*) FROM " + std::string(table)); }
    void expect_no_leftovers() {
        EXPECT_EQ(database_.count("SELECT COUNT(*) FROM Long_Texts WHERE is_whole = 0 OR doc_id IS NULL"), 0);
        EXPECT_EQ(database_.count("SELECT COUNT(*) FROM Long_Text_Pieces WHERE revision NOT IN "
                                  "(SELECT revision FROM Long_Texts)"),
                  0);
    }

    test::TemporaryFolder folder_;
    test::TestDatabase database_{folder_.path()};
    std::unique_ptr<TextStore> store_ = make_sql_text_store(database_.get(), 0ms);
    std::int64_t user_ = database_.add_user("user");
    Subject subject_{.doc_id = database_.add_document("a.txt", user_, "a.txt", {}),
                     .filename = "a.txt",
                     .file_type = "txt",
                     .blob_url = "local:///blobs/a.txt"};
};

TEST_F(LongTextTest, IsGivenBackAsItWasPut) {
    const std::vector<std::string> texts{"short", long_text(2 * mebibyte), "", long_text(70'000), "last"};
    std::vector<ocr::Page> put_pages;
    for (const std::string& text : texts) {
        put_pages.push_back({.number = static_cast<std::int64_t>(put_pages.size()) + 1,
                             .text = text,
                             .method = ocr::Method::ocr,
                             .confidence = 0.5,
                             .language = "ar"});
    }
    put(document_of(put_pages));
    EXPECT_EQ(count("Document_Text"), 1);
    const auto whole = pages();
    ASSERT_EQ(whole.size(), texts.size());
    std::vector<std::string> read(texts.size());
    const auto reader = store_->read(subject_.doc_id);
    while (const auto piece = reader->next()) {
        EXPECT_LE(piece->text.size(), reader->memory());
        EXPECT_EQ(piece->method, ocr::Method::ocr);
        EXPECT_EQ(piece->confidence, 0.5);
        EXPECT_EQ(piece->language, "ar");
        read.at(static_cast<std::size_t>(piece->number) - 1) += piece->text;
    }
    for (std::size_t i = 0; i < texts.size(); ++i) {
        EXPECT_EQ(whole[i].text, texts[i]);
        EXPECT_EQ(read[i], texts[i]);
    }
}

TEST_F(LongTextTest, TakesTurnsWithShortOnesAndKeepsTheId) {
    const std::string id = put_short("short");
    EXPECT_EQ(put(many_pages("long")), id);
    EXPECT_EQ(pages().size(), 2'100U);
    EXPECT_EQ(count("Document_Text"), 1);
    EXPECT_EQ(put(many_pages("longer")), id);
    EXPECT_EQ(text_of_first_page(), "longer");
    EXPECT_EQ(put_short("short again"), id);
    EXPECT_EQ(text_of_first_page(), "short again");
    store_->clear_leftovers({});
    EXPECT_EQ(count("Long_Texts"), 0);
    EXPECT_EQ(count("Long_Text_Pieces"), 0);
    EXPECT_EQ(text_of_first_page(), "short again");
}

/// Who writes meanwhile waits for a piece of it, not for all of it.
TEST_F(LongTextTest, HoldsNobodyUpWhileItIsPutOrCleared) {
    const ocr::Document document = document_of({{.number = 1, .text = std::string(32 * mebibyte, 'x')}});
    const auto longest_wait_beside = [&](auto work) {
        std::atomic<bool> is_done = false;
        const auto begin = Clock::now();
        std::jthread worker([&] {
            work();
            is_done = true;
        });
        Clock::duration longest{};
        while (!is_done) {
            const auto asked = Clock::now();
            database_.execute("UPDATE Users SET full_name = 'Other' WHERE user_id = ?", user_);
            longest = std::max(longest, Clock::now() - asked);
        }
        return std::pair(longest, Clock::now() - begin);
    };
    const auto [put_wait, put_time] = longest_wait_beside([&] { put(document); });
    EXPECT_LT(put_wait, put_time / 4);
    store_->remove(subject_.doc_id);
    EXPECT_GT(count("Long_Text_Pieces"), 1'000) << "it is cleared by nobody who waits for an answer";
    const auto [clear_wait, clear_time] = longest_wait_beside([&] { store_->clear_leftovers({}); });
    EXPECT_LT(clear_wait, clear_time / 4);
    expect_no_leftovers();
}

TEST_F(LongTextTest, LeavesTheOldTextWhenItCannotBeWrittenToItsEnd) {
    const std::vector<ocr::Document> old{document_of({{.number = 1, .text = "old"}}), many_pages("old")};
    for (const ocr::Document& document : old) {
        put(document);
        database_.execute(
            "CREATE TRIGGER full_disk BEFORE INSERT ON Long_Text_Pieces WHEN NEW.content = 'new' AND NEW.piece = 1000 "
            "BEGIN SELECT RAISE(ABORT, 'full'); END");
        EXPECT_THROW(put(many_pages("new")), db::Error);
        database_.execute("DROP TRIGGER full_disk");
        EXPECT_EQ(pages().size(), document.pages.size());
        EXPECT_EQ(text_of_first_page(), "old");
        store_->clear_leftovers({});
        expect_no_leftovers();
        EXPECT_EQ(pages().size(), document.pages.size());
    }
}

/// What a process leaves that was killed between two pieces.
TEST_F(LongTextTest, OfADeadWriterGoesAndTheOldTextStays) {
    put(many_pages("old"));
    database_.execute("INSERT INTO Long_Texts (revision, doc_id, pieces) VALUES ('dead', ?, 1)", subject_.doc_id);
    database_.execute(
        "INSERT INTO Long_Text_Pieces (revision, piece, page, method, content) VALUES ('dead', 1, 1, 'ocr', 'new')");
    EXPECT_EQ(text_of_first_page(), "old");
    store_->clear_leftovers({});
    EXPECT_EQ(count("Long_Texts"), 2) << "it may be at work";
    database_.execute("UPDATE Long_Texts SET pieces = 2 WHERE revision = 'dead'");
    store_->clear_leftovers({});
    EXPECT_EQ(count("Long_Texts"), 2) << "it is at work";
    store_->clear_leftovers({});
    EXPECT_EQ(count("Long_Texts"), 1);
    EXPECT_EQ(database_.count("SELECT COUNT(*) FROM Long_Text_Pieces WHERE revision = 'dead'"), 0);
    EXPECT_EQ(text_of_first_page(), "old");
    EXPECT_EQ(pages().size(), 2'100U);
}

TEST_F(LongTextTest, OfAWriterWhoWasTakenForDeadIsNotTaken) {
    put_short("old");
    database_.execute(
        "CREATE TRIGGER taken_for_dead AFTER INSERT ON Long_Text_Pieces WHEN NEW.piece = 1000 "
        "BEGIN UPDATE Long_Texts SET doc_id = NULL WHERE revision = NEW.revision; END");
    EXPECT_THROW(put(many_pages("new")), std::runtime_error);
    EXPECT_EQ(text_of_first_page(), "old");
    store_->clear_leftovers({});
    expect_no_leftovers();
}

TEST_F(LongTextTest, IsReadWholeOrNotToTheEnd) {
    const std::vector<std::function<void()>> changes{[&] { put(many_pages("new")); }, [&] { put_short("new"); },
                                                     [&] { store_->remove(subject_.doc_id); }};
    for (const auto& change : changes) {
        put(many_pages("old"));
        const auto reader = store_->read(subject_.doc_id);
        ASSERT_TRUE(reader->next());
        change();
        EXPECT_THROW(while (reader->next()){}, std::runtime_error);
    }
    put_short("old");
    const auto reader = store_->read(subject_.doc_id);
    ASSERT_TRUE(reader->next());
    put(many_pages("new"));
    EXPECT_THROW(while (reader->next()){}, std::runtime_error);
}

TEST_F(LongTextTest, AReaderSeesOneOfTwoThatTakeTurns) {
    put_short("short");
    std::jthread writer([&](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            put(many_pages("long"));
            put_short("short");
            store_->clear_leftovers({});
        }
    });
    for (int i = 0; i < 50; ++i) {
        const auto found = pages();
        ASSERT_FALSE(found.empty());
        ASSERT_EQ(found.size(), found.front().text == "long" ? 2'100U : 1U);
        ASSERT_TRUE(store_->read(subject_.doc_id)->next());
    }
}

TEST_F(LongTextTest, GoesWithItsDocument) {
    put(many_pages("x"));
    database_.execute("DELETE FROM Documents WHERE doc_id = ?", subject_.doc_id);
    EXPECT_TRUE(pages().empty());
    EXPECT_FALSE(store_->read(subject_.doc_id)->next());
    std::stop_source stop;
    stop.request_stop();
    store_->clear_leftovers(stop.get_token());
    EXPECT_GT(count("Long_Text_Pieces"), 0);
    store_->clear_leftovers({});
    EXPECT_EQ(count("Long_Text_Pieces"), 0);
    EXPECT_EQ(count("Long_Texts"), 0);
    EXPECT_THROW(put(many_pages("x")), db::Error);
}

}  // namespace
}  // namespace nassaq::texts
