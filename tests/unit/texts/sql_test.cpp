#include "texts/sql.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "../support/database.hpp"
#include "../support/temporary_folder.hpp"
#include "text_samples.hpp"

namespace nassaq::texts {
namespace {

class SqlTextStoreTest : public testing::Test {
protected:
    std::vector<ocr::Page> pages(std::int64_t doc_id) {
        std::vector<ocr::Page> found;
        const bool any = store_->visit_pages(doc_id, [&](const ocr::Page& page) { found.push_back(page); });
        EXPECT_EQ(any, !found.empty());
        return found;
    }

    test::TemporaryFolder folder_;
    test::TestDatabase database_{folder_.path()};
    std::unique_ptr<TextStore> store_ = make_sql_text_store(database_.get());
    std::int64_t user_ = database_.add_user("user");
    Subject subject_{.doc_id = database_.add_document("a.txt", user_, "a.txt", {}),
                     .filename = "a.txt",
                     .file_type = "txt",
                     .blob_url = "local:///blobs/a.txt"};
};

TEST_F(SqlTextStoreTest, GivesBackEachPage) {
    const std::string id = store_->put(
        subject_,
        document_of(
            {{.number = 1, .text = "Lease", .method = ocr::Method::embedded, .confidence = {}, .language = "en"},
             {.number = 2, .text = "عقد إيجار\nسطر", .method = ocr::Method::ocr, .confidence = 0.87, .language = "ar"},
             {.number = 3, .text = "", .method = ocr::Method::decoded, .confidence = {}, .language = ""}}));
    EXPECT_EQ(id.size(), 36U);
    const auto found = pages(subject_.doc_id);
    ASSERT_EQ(found.size(), 3U);
    EXPECT_EQ(found[0].number, 1);
    EXPECT_EQ(found[0].text, "Lease");
    EXPECT_EQ(found[0].method, ocr::Method::embedded);
    EXPECT_FALSE(found[0].confidence);
    EXPECT_EQ(found[1].text, "عقد إيجار\nسطر");
    EXPECT_EQ(found[1].method, ocr::Method::ocr);
    EXPECT_DOUBLE_EQ(found[1].confidence.value(), 0.87);
    EXPECT_EQ(found[1].language, "ar");
    EXPECT_EQ(found[2].method, ocr::Method::decoded);
    EXPECT_EQ(found[2].language, "");
}

TEST_F(SqlTextStoreTest, PutReplacesAndKeepsTheId) {
    const std::string first =
        store_->put(subject_, document_of({{.number = 1, .text = "one"}, {.number = 2, .text = "two"}}));
    const std::string second = store_->put(subject_, document_of({{.number = 1, .text = "new"}}));
    EXPECT_EQ(first, second);
    const auto found = pages(subject_.doc_id);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].text, "new");
}

TEST_F(SqlTextStoreTest, DocumentsDoNotMix) {
    Subject other = subject_;
    other.doc_id = database_.add_document("b.txt", user_, "b.txt", {});
    const std::string first = store_->put(subject_, document_of({{.number = 1, .text = "one"}}));
    EXPECT_NE(first, store_->put(other, document_of({{.number = 1, .text = "other"}})));
    store_->remove(subject_.doc_id);
    EXPECT_TRUE(pages(subject_.doc_id).empty());
    EXPECT_EQ(pages(other.doc_id).size(), 1U);
    EXPECT_NO_THROW(store_->remove(subject_.doc_id));
}

TEST_F(SqlTextStoreTest, KeepsTheOldTextWhenTheNewCannotBeWritten) {
    store_->put(subject_, document_of({{.number = 1, .text = "old"}}));
    EXPECT_THROW(store_->put(subject_, document_of({{.number = 1, .text = "new"}, {.number = 1, .text = "twice"}})),
                 db::Error);
    EXPECT_EQ(pages(subject_.doc_id).at(0).text, "old");
}

TEST_F(SqlTextStoreTest, AReaderSeesOneTextWhileAnotherIsPut) {
    const auto text_of = [](const std::string& word) {
        std::vector<ocr::Page> pages;
        for (int number = 1; number <= 20; ++number) {
            pages.push_back({.number = number, .text = word});
        }
        return document_of(std::move(pages));
    };
    store_->put(subject_, text_of("a"));
    std::jthread writer([&](const std::stop_token& stop) {
        for (int i = 0; !stop.stop_requested(); ++i) {
            store_->put(subject_, text_of(i % 2 == 0 ? "b" : "a"));
        }
    });
    for (int i = 0; i < 100; ++i) {
        const auto found = pages(subject_.doc_id);
        ASSERT_EQ(found.size(), 20U);
        for (const ocr::Page& page : found) {
            ASSERT_EQ(page.text, found.front().text);
        }
    }
}

TEST_F(SqlTextStoreTest, GivesPiecesOfAPageThatIsVeryLong) {
    const std::vector<std::string> texts{"short", long_text(300'000), std::string(most_page_bytes, 'x'), "",
                                         long_text(70'000)};
    std::vector<ocr::Page> put;
    for (const std::string& text : texts) {
        put.push_back({.number = static_cast<std::int64_t>(put.size()) + 1, .text = text, .language = "ar"});
    }
    store_->put(subject_, document_of(put));
    const auto whole = pages(subject_.doc_id);
    ASSERT_EQ(whole.size(), texts.size());
    std::vector<std::string> read(texts.size());
    const auto reader = store_->read(subject_.doc_id);
    std::int64_t last = 1;
    while (const auto piece = reader->next()) {
        EXPECT_LE(piece->text.size(), most_page_bytes);
        EXPECT_TRUE(piece->number == last || piece->number == last + 1);
        EXPECT_EQ(piece->language, "ar");
        last = piece->number;
        read.at(static_cast<std::size_t>(piece->number) - 1) += piece->text;
    }
    for (std::size_t i = 0; i < texts.size(); ++i) {
        EXPECT_EQ(whole[i].text, texts[i]);
        EXPECT_EQ(read[i], texts[i]);
    }
    store_->put(subject_, document_of({{.number = 1, .text = "new"}}));
    EXPECT_EQ(database_.count("SELECT COUNT(*) FROM Document_Text_Parts"), 0);
}

TEST_F(SqlTextStoreTest, GivesPiecesOfAPageThatWasPutBeforeThereWereParts) {
    const std::string text = long_text(400'000);
    database_.execute(
        "INSERT INTO Document_Text (doc_id, page, text_id, method, content) VALUES (?, 1, 'old', 'decoded', ?)",
        subject_.doc_id, text);
    database_.execute(
        "INSERT INTO Document_Text (doc_id, page, text_id, method, content) VALUES (?, 2, 'old', 'decoded', 'last')",
        subject_.doc_id);
    EXPECT_EQ(pages(subject_.doc_id).at(0).text, text);
    std::vector<std::string> read(2);
    const auto reader = store_->read(subject_.doc_id);
    while (const auto piece = reader->next()) {
        EXPECT_LT(piece->text.size(), text.size());
        read.at(static_cast<std::size_t>(piece->number) - 1) += piece->text;
    }
    EXPECT_EQ(read[0], text);
    EXPECT_EQ(read[1], "last");
}

TEST_F(SqlTextStoreTest, ReadsNoMixtureOfTwoTexts) {
    const auto text_of = [](std::size_t bytes, int count) {
        std::vector<ocr::Page> pages;
        for (int number = 1; number <= count; ++number) pages.push_back({.number = number, .text = long_text(bytes)});
        return document_of(std::move(pages));
    };
    for (const auto& [bytes, count] : {std::pair<std::size_t, int>{200'000, 1}, {60'000, 9}, {10, 1}}) {
        store_->put(subject_, text_of(bytes, count));
        const auto reader = store_->read(subject_.doc_id);
        ASSERT_TRUE(reader->next());
        store_->put(subject_, text_of(5, 1));
        EXPECT_THROW(while (reader->next()){}, std::runtime_error) << bytes;
        const auto another = store_->read(subject_.doc_id);
        ASSERT_TRUE(another->next());
        store_->remove(subject_.doc_id);
        EXPECT_THROW(while (another->next()){}, std::runtime_error) << bytes;
    }
    EXPECT_FALSE(store_->read(subject_.doc_id)->next());
}

TEST_F(SqlTextStoreTest, RefusesADocumentThatIsGone) {
    database_.execute("DELETE FROM Documents WHERE doc_id = ?", subject_.doc_id);
    EXPECT_THROW(store_->put(subject_, document_of({{.number = 1, .text = "x"}})), db::Error);
}

TEST_F(SqlTextStoreTest, GoesWithItsDocument) {
    store_->put(subject_, document_of({{.number = 1, .text = "x"}}));
    database_.execute("DELETE FROM Documents WHERE doc_id = ?", subject_.doc_id);
    EXPECT_TRUE(pages(subject_.doc_id).empty());
}

TEST_F(SqlTextStoreTest, CheckTellsAMissingTable) {
    EXPECT_NO_THROW(store_->check());
    database_.execute("DROP TABLE Document_Text_Parts");
    database_.execute("DROP TABLE Document_Text");
    EXPECT_THROW(store_->check(), db::Error);
}

}  // namespace
}  // namespace nassaq::texts
