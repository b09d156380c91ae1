#include "texts/mongo_document.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <stdexcept>

#include "base/text.hpp"

namespace nassaq::texts {
namespace {

Bson from_json(const std::string& json) {
    bson_error_t error{};
    Bson document(bson_new_from_json(reinterpret_cast<const std::uint8_t*>(json.data()),
                                     static_cast<ssize_t>(json.size()), &error));
    if (!document) {
        throw std::invalid_argument(error.message);
    }
    return document;
}

std::vector<ocr::Page> read_all(const std::vector<const bson_t*>& documents) {
    std::vector<ocr::Page> pages;
    const std::function<void(const ocr::Page&)> visit = [&](const ocr::Page& page) { pages.push_back(page); };
    PageReader reader(visit);
    for (const bson_t* document : documents) {
        reader.read(*document);
    }
    reader.finish();
    return pages;
}

std::vector<ocr::Page> read_json(const std::string& json) {
    return read_all({from_json(json).get()});
}

ocr::Document pages_of(std::vector<std::string> texts) {
    ocr::Document document;
    for (std::string& text : texts) {
        document.pages.push_back(
            {.number = static_cast<std::int64_t>(document.pages.size()) + 1, .text = std::move(text)});
    }
    return document;
}

TEST(MongoTextIdTest, IsAUuidThatIsAlwaysTheSame) {
    EXPECT_THAT(text_id_of(7), testing::MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}"));
    EXPECT_EQ(text_id_of(7), text_id_of(7));
    std::set<std::string> ids;
    for (std::int64_t doc_id = 0; doc_id < 1000; ++doc_id) {
        ids.insert(text_id_of(doc_id));
    }
    EXPECT_EQ(ids.size(), 1000U);
}

TEST(MongoSplitTest, AUsualTextIsOneDocument) {
    const auto document = pages_of({"one", "", "three"});
    const auto groups = split(document);
    ASSERT_EQ(groups.size(), 1U);
    ASSERT_EQ(groups[0].size(), 3U);
    EXPECT_EQ(groups[0][1].page->number, 2);
    EXPECT_EQ(split(ocr::Document{}).size(), 1U);
}

TEST(MongoSplitTest, KeepsToItsBudgetsAndLosesNothing) {
    constexpr Budgets budgets{.first = 3000, .other = 5000};
    std::string arabic;
    for (int i = 0; i < 5000; ++i) {
        arabic += "عقد ";
    }
    const auto document = pages_of({std::string(100, 'a'), arabic, "", std::string(4000, 'b'), "end"});
    const auto groups = split(document, budgets);
    std::vector<std::string> texts(document.pages.size());
    for (std::size_t i = 0; i < groups.size(); ++i) {
        std::size_t bytes = 0;
        for (const PagePiece& piece : groups[i]) {
            bytes += piece.text.size();
            EXPECT_TRUE(text::is_valid_utf8(piece.text)) << "a character was cut in two";
            texts.at(static_cast<std::size_t>(piece.page->number - 1)) += piece.text;
        }
        EXPECT_LE(bytes, i == 0 ? budgets.first : budgets.other);
    }
    for (std::size_t i = 0; i < texts.size(); ++i) {
        EXPECT_EQ(texts[i], document.pages[i].text);
    }
    EXPECT_GT(groups.size(), 5U);
}

TEST(MongoSplitTest, ManyEmptyPagesAreNotForNothing) {
    const auto groups = split(pages_of(std::vector<std::string>(100)), {.first = 2000, .other = 2000});
    EXPECT_EQ(groups.size(), 10U);
}

TEST(MongoSplitTest, NoDocumentComesNear16Mebibytes) {
    const auto document = pages_of({std::string(50 << 20, 'x')});
    const auto groups = split(document);
    const auto update = main_update({}, document, groups.front(), "r", groups.size() - 1);
    EXPECT_LT(update->len, 16U << 20U);
    for (std::size_t part = 1; part < groups.size(); ++part) {
        EXPECT_LT(part_document(1, "r", part, groups[part])->len, 16U << 20U);
    }
}

TEST(MongoReadTest, PutsCutPagesTogetherAgain) {
    const auto document = pages_of({"short", std::string(20'000, 'x'), "end"});
    const auto groups = split(document, {.first = 3000, .other = 5000});
    std::vector<Bson> parts;
    std::vector<const bson_t*> all;
    for (std::size_t part = 0; part < groups.size(); ++part) {
        parts.push_back(part_document(1, "r", part, groups[part]));
        all.push_back(parts.back().get());
    }
    const auto pages = read_all(all);
    ASSERT_EQ(pages.size(), 3U);
    EXPECT_EQ(pages[0].text, "short");
    EXPECT_EQ(pages[1].text, document.pages[1].text);
    EXPECT_EQ(pages[2].text, "end");
}

TEST(MongoReadTest, PagesOfOthers) {
    const auto pages = read_json(R"({"doc_id": 5, "extracted_text": "not looked at", "pages": [
        {"page_number": 1, "content": "first", "avg_confidence": 93.5, "primary_language": "ar"},
        {"number": 2.0, "text": "second", "confidence": 0.5, "words": 3, "method": "cloud"},
        "third"]})");
    ASSERT_EQ(pages.size(), 3U);
    EXPECT_EQ(pages[0].text, "first");
    EXPECT_DOUBLE_EQ(pages[0].confidence.value(), 0.935);
    EXPECT_EQ(pages[0].language, "ar");
    EXPECT_EQ(pages[0].method, ocr::Method::ocr);
    EXPECT_EQ(pages[1].number, 2);
    EXPECT_EQ(pages[1].text, "second");
    EXPECT_DOUBLE_EQ(pages[1].confidence.value(), 0.5);
    EXPECT_EQ(pages[2].number, 3);
    EXPECT_EQ(pages[2].text, "third");
    EXPECT_FALSE(pages[2].confidence);
}

TEST(MongoReadTest, PagesWithoutTextLeaveTheWhole) {
    for (const std::string pages :
         {"[]", "3", R"([{"page": 1, "confidence": 0.9}, {"page": 2, "confidence": 0.8}])", "null", R"({"1": "x"})"}) {
        const auto found = read_json(R"({"extracted_text": "one\ftwo", "pages": )" + pages + "}");
        ASSERT_EQ(found.size(), 2U) << pages;
        EXPECT_EQ(found[0].text, "one");
        EXPECT_EQ(found[1].number, 2);
        EXPECT_EQ(found[1].text, "two");
    }
    EXPECT_EQ(read_json(R"({"extracted_text": "whole"})").at(0).text, "whole");
    EXPECT_EQ(read_json(R"({"doc_id": 5})").at(0).text, "");
}

TEST(MongoReadTest, TwoPagesOfOneNumberStayTwo) {
    const auto pages = read_json(R"({"pages": [{"page": 0, "text": "a"}, {"page": 0, "text": "b"}]})");
    EXPECT_EQ(pages.size(), 2U);
}

TEST(MongoReadTest, RefusesWhatIsNoUtf8) {
    const Bson document(bson_new());
    bson_append_utf8(document.get(), "extracted_text", -1, "\xff\xfe", 2);
    EXPECT_THROW(read_all({document.get()}), std::runtime_error);
}

TEST(MongoReadTest, TheIdsOfOthers) {
    EXPECT_EQ(read_head(*from_json(R"({"_id": {"$oid": "65a1b2c3d4e5f60718293a4b"}})")).id, "65a1b2c3d4e5f60718293a4b");
    EXPECT_EQ(read_head(*from_json(R"({"_id": "f47ac10b-58cc-4372-a567-0e02b2c3d479"})")).id,
              "f47ac10b-58cc-4372-a567-0e02b2c3d479");
    EXPECT_EQ(
        read_head(*from_json(R"({"_id": {"$binary": {"base64": "AAECAwQFBgcICQoLDA0ODw==", "subType": "04"}}})")).id,
        "000102030405060708090a0b0c0d0e0f");
    EXPECT_EQ(read_head(*from_json(R"({"_id": 7, "parts": 3})")).id, "");
    EXPECT_EQ(read_head(*from_json(R"({"_id": 7, "parts": 3})")).parts, 0U) << "parts of no revision are none of ours";
    EXPECT_EQ(read_head(*from_json(R"({"_id": 7, "parts": -3, "revision": "r"})")).parts, 0U);
}

}  // namespace
}  // namespace nassaq::texts
