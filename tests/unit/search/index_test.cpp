#include "search/index.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "../db/server_database.hpp"
#include "../support/temporary_folder.hpp"
#include "db/migrate.hpp"
#include "db/sqlite.hpp"

namespace nassaq::search {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

/// On SQLite, and on the PostgreSQL of tests/support/postgres.py where there is one.
class IndexTest : public testing::TestWithParam<db::Dialect> {
protected:
    void SetUp() override {
        if (GetParam() == db::Dialect::sqlite) {
            database_ = std::make_unique<db::Database>(db::make_sqlite_driver(folder_.path() / "nassaq.db"), 4);
        } else if (db::postgres_for_tests().empty()) {
            GTEST_SKIP() << "no NASSAQ_TEST_POSTGRES";
        } else {
            schema_ = std::make_unique<db::TemporarySchema>();
            database_ = std::make_unique<db::Database>(schema_->driver(), 4);
        }
        db::migrate(*database_);
        ours_ = add_user("ours");
        theirs_ = add_user("theirs");
    }

    std::int64_t add_user(const std::string& name) {
        return database_->transaction([&](db::Session& session) {
            return session.insert("Users", "user_id",
                                  {{"username", name},
                                   {"full_name", name},
                                   {"email", name + "@example.com"},
                                   {"password_hash", "x"},
                                   {"created_at", now()}});
        });
    }

    std::int64_t add_path(const std::string& full_path) {
        return database_->transaction([&](db::Session& session) {
            return session.insert("Virtual_Paths", "path_id",
                                  {{"full_path", full_path}, {"created_at", now()}, {"depth", 1}});
        });
    }

    std::int64_t add_row(std::int64_t user_id, const std::string& filename, std::int64_t path_id = 1) {
        return database_->transaction([&](db::Session& session) {
            return session.insert("Documents", "doc_id",
                                  {{"filename", filename},
                                   {"path_id", path_id},
                                   {"uploaded_by_user_id", user_id},
                                   {"uploaded_at", now()}});
        });
    }

    void index(std::int64_t doc_id, std::int64_t user_id, const std::string& filename,
               const std::vector<std::string>& texts, const std::string& language = "en") {
        std::vector<ocr::Page> pages;
        for (const std::string& text : texts) {
            pages.push_back(
                {.number = static_cast<std::int64_t>(pages.size()) + 1, .text = text, .language = language});
        }
        const auto passages = cut_into_passages(pages);
        database_->transaction([&](db::Session& session) {
            index_document(session, {.doc_id = doc_id, .user_id = user_id, .filename = filename, .has_text = true},
                           passages);
        });
    }

    std::int64_t add(std::int64_t user_id, const std::string& filename, const std::vector<std::string>& texts,
                     const std::string& language = "en", std::int64_t path_id = 1) {
        const std::int64_t doc_id = add_row(user_id, filename, path_id);
        index(doc_id, user_id, filename, texts, language);
        return doc_id;
    }

    Hits search(std::string_view query, Filter filter, db::Paging page = {}) {
        return database_->read([&](db::Session& session) { return find(session, parse_query(query), filter, page); });
    }

    Hits search(std::string_view query) { return search(query, {.user_id = ours_}); }

    std::vector<std::int64_t> ids(const Hits& hits) {
        EXPECT_EQ(hits.total, static_cast<std::int64_t>(hits.items.size()));
        std::vector<std::int64_t> found;
        for (const Hit& hit : hits.items) {
            found.push_back(hit.doc_id);
        }
        return found;
    }
    std::vector<std::int64_t> ids(std::string_view query) { return ids(search(query)); }

    std::int64_t count(std::string_view sql) {
        return database_->read([&](db::Session& session) { return session.get<std::int64_t>(sql); });
    }

    test::TemporaryFolder folder_;
    std::unique_ptr<db::TemporarySchema> schema_;
    std::unique_ptr<db::Database> database_;
    std::int64_t ours_ = 0;
    std::int64_t theirs_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Databases, IndexTest, testing::Values(db::Dialect::sqlite, db::Dialect::postgres),
                         [](const auto& one) { return one.param == db::Dialect::sqlite ? "sqlite" : "postgres"; });

TEST_P(IndexTest, FindsWordsInTextAndName) {
    const auto law = add(ours_, "عقد الإيجار.pdf", {"الإعلان العالمي لحقوق الإنسان", "second page"});
    const auto text = add(ours_, "scan.pdf", {"nothing", "The lease contracts of 2024"});
    EXPECT_THAT(ids("اعلان"), ElementsAre(law));
    EXPECT_THAT(ids("انسان"), ElementsAre(law));
    EXPECT_THAT(ids("عقود ايجار"), ElementsAre(law));
    EXPECT_THAT(ids("contract"), ElementsAre(text));
    EXPECT_THAT(ids("٢٠٢٤"), ElementsAre(text));
    EXPECT_THAT(ids("pdf"), UnorderedElementsAre(law, text));
    EXPECT_THAT(ids("absent"), IsEmpty());
    const Hits hits = search("contracts");
    EXPECT_EQ(hits.items.front().page, 2);
    EXPECT_EQ(hits.items.front().text, "The lease contracts of 2024");
    EXPECT_EQ(hits.items.front().filename, "scan.pdf");
    EXPECT_EQ(hits.items.front().path, "/");
    EXPECT_EQ(hits.items.front().language, "en");
}

TEST_P(IndexTest, PutsThePhraseBeforeAllWordsBeforeSome) {
    const auto some = add(ours_, "a.txt", {"rights and nothing else"});
    const auto all = add(ours_, "b.txt", {"rights of every human"});
    const auto phrase = add(ours_, "c.txt", {"our human rights"});
    const auto newer_some = add(ours_, "d.txt", {"a human"});
    EXPECT_THAT(ids("human rights"), ElementsAre(phrase, all, newer_some, some));
    const Hits hits = search("human rights");
    EXPECT_GT(hits.items[0].score, hits.items[1].score);
    EXPECT_GT(hits.items[1].score, hits.items[2].score);
    EXPECT_EQ(hits.items[2].score, hits.items[3].score);
    EXPECT_LE(hits.items[0].score, 1);
}

TEST_P(IndexTest, PutsTheNameBeforeTheText) {
    const auto name = add(ours_, "budget.txt", {"numbers"});
    const auto body = add(ours_, "x.txt", {"the budget, the budget, the budget"});
    EXPECT_THAT(ids("budget"), ElementsAre(name, body));
}

TEST_P(IndexTest, PutsTheVeryWordBeforeItsInflections) {
    const auto exact = add(ours_, "a.txt", {"one contract"});
    const auto other = add(ours_, "b.txt", {"contracted"});
    EXPECT_THAT(ids("contract"), ElementsAre(exact, other));
}

TEST_P(IndexTest, PutsThePagesOfADocumentInTheirOrder) {
    const auto older = add(ours_, "a.txt", {"word", "word", "word"});
    const auto newer = add(ours_, "b.txt", {"word", "word"});
    const Hits hits = search("word");
    EXPECT_THAT(ids(hits), ElementsAre(newer, newer, older, older, older));
    EXPECT_EQ(hits.items[0].page, 1);
    EXPECT_EQ(hits.items[4].page, 3);
}

TEST_P(IndexTest, KnowsPhrasesPrefixesAndExclusions) {
    const auto phrase = add(ours_, "a.txt", {"human rights"});
    const auto apart = add(ours_, "b.txt", {"rights, human"});
    EXPECT_THAT(ids("\"human rights\""), ElementsAre(phrase));
    EXPECT_THAT(ids("\"rights human\""), ElementsAre(apart));
    EXPECT_THAT(ids("\"txt human\""), IsEmpty());
    EXPECT_THAT(ids("\"b txt rights\""), IsEmpty());
    EXPECT_THAT(ids("hum*"), UnorderedElementsAre(phrase, apart));
    EXPECT_THAT(ids("human -\"human rights\""), ElementsAre(apart));
    EXPECT_THAT(ids("human -rights"), IsEmpty());
    EXPECT_THAT(ids("human -a"), ElementsAre(apart));
    EXPECT_THAT(ids("absent \"human rights\""), ElementsAre(phrase));
}

TEST_P(IndexTest, NeverShowsAnotherUsersText) {
    const auto mine = add(ours_, "mine.txt", {"common words"});
    const auto their = add(theirs_, "secret.txt", {"common secrets about aluminium"});
    EXPECT_THAT(ids("common"), ElementsAre(mine));
    for (const std::string query :
         {"secrets", "secret", "secr*", "aluminium", "aluminum", "\"common secrets\"", "about", "secret.txt"}) {
        const Hits hits = search(query);
        EXPECT_EQ(hits.total, 0) << query;
        EXPECT_THAT(hits.items, IsEmpty()) << query;
    }
    const Hits all = search("common", {});
    EXPECT_EQ(all.total, 2);
    EXPECT_THAT(ids(search("common", {.user_id = theirs_})), ElementsAre(their));
}

TEST_P(IndexTest, TakesSimilarWordsWhereThereIsNothing) {
    const auto contract = add(ours_, "a.txt", {"The contract about aluminium"});
    const auto arabic = add(ours_, "b.txt", {"المستشفى العام في الرياض"});
    EXPECT_THAT(ids("contarct"), ElementsAre(contract));
    EXPECT_THAT(ids("aluminum"), ElementsAre(contract));
    EXPECT_THAT(ids("المستسفى"), ElementsAre(arabic));
    EXPECT_THAT(ids("\"contarct\""), IsEmpty());
    EXPECT_THAT(ids("telephone"), IsEmpty());
    EXPECT_EQ(search("aluminum").query.wanted.front().alternatives, std::vector<std::string>{"aluminium"});
    EXPECT_THAT(ids(search("contarct", {})), ElementsAre(contract));
}

TEST_P(IndexTest, FiltersByPathAndLanguage) {
    const auto folder = add_path("contracts");
    const auto below = add_path("contracts/2024");
    const auto beside = add_path("contracts2");
    const auto a = add(ours_, "a.txt", {"word"}, "ar", folder);
    const auto b = add(ours_, "b.txt", {"word"}, "en", below);
    const auto c = add(ours_, "c.txt", {"word"}, "en", beside);
    const auto find = [&](std::optional<std::string> path, std::optional<std::string> language) {
        return ids(search("word", {.user_id = ours_, .path = std::move(path), .language = std::move(language)}));
    };
    EXPECT_THAT(find("contracts", std::nullopt), ElementsAre(b, a));
    EXPECT_THAT(find("contracts/2024", std::nullopt), ElementsAre(b));
    EXPECT_THAT(find("contracts", "ar"), ElementsAre(a));
    EXPECT_THAT(find(std::nullopt, "en"), ElementsAre(c, b));
    EXPECT_THAT(find("nowhere", std::nullopt), IsEmpty());
}

TEST_P(IndexTest, PagesAndCounts) {
    for (int i = 0; i < 7; ++i) {
        add(ours_, "f" + std::to_string(i) + ".txt", {"word"});
    }
    const Hits middle = search("word", {.user_id = ours_}, {.skip = 2, .limit = 3});
    EXPECT_EQ(middle.total, 7);
    EXPECT_EQ(middle.items.size(), 3U);
    const Hits behind = search("word", {.user_id = ours_}, {.skip = 50, .limit = 3});
    EXPECT_EQ(behind.total, 7);
    EXPECT_THAT(behind.items, IsEmpty());
}

TEST_P(IndexTest, ReplacesADocument) {
    const auto doc_id = add(ours_, "a.txt", {"before", "more"});
    index(doc_id, ours_, "a.txt", {"after"});
    EXPECT_THAT(ids("before"), IsEmpty());
    EXPECT_THAT(ids("more"), IsEmpty());
    EXPECT_THAT(ids("after"), ElementsAre(doc_id));
    EXPECT_EQ(count("SELECT COUNT(*) FROM Search_Pages"), 1);
}

TEST_P(IndexTest, GoesWithTheDocument) {
    const auto doc_id = add(ours_, "a.txt", {"word", "word"});
    const auto stays = add(ours_, "b.txt", {"word"});
    database_->transaction(
        [&](db::Session& session) { session.execute("DELETE FROM Documents WHERE doc_id = ?", doc_id); });
    EXPECT_THAT(ids("word"), ElementsAre(stays));
    EXPECT_EQ(count("SELECT COUNT(*) FROM Search_Pages"), 1);
    if (GetParam() == db::Dialect::sqlite) {
        EXPECT_EQ(count("SELECT COUNT(*) FROM Search_Index"), 1);
        EXPECT_EQ(database_->transaction([](db::Session& session) {
            return session.execute("INSERT INTO Search_Index (Search_Index, rank) VALUES ('integrity-check', 1)");
        }) >= 0,
                  true);
    }
}

TEST_P(IndexTest, ForgetsTheWordsThatNoOtherDocumentHas) {
    const auto doc_id = add(ours_, "a.txt", {"shared secret", "shared"});
    const auto stays = add(ours_, "b.txt", {"shared"});
    database_->transaction([&](db::Session& session) {
        remove_document(session, doc_id);
        session.execute("DELETE FROM Documents WHERE doc_id = ?", doc_id);
    });
    EXPECT_THAT(ids("shared"), ElementsAre(stays));
    EXPECT_THAT(ids("sharde"), ElementsAre(stays));
    EXPECT_EQ(count("SELECT COUNT(*) FROM Search_Trigrams WHERE word = 'secret'"), 0);
    EXPECT_GT(count("SELECT COUNT(*) FROM Search_Trigrams WHERE word = 'txt'"), 0);
}

TEST_P(IndexTest, KnowsADocumentByItsNameFirst) {
    const auto doc_id = add_row(ours_, "report.pdf");
    database_->transaction([&](db::Session& session) { index_name(session, doc_id, ours_, "report.pdf"); });
    EXPECT_THAT(ids("reports"), ElementsAre(doc_id));
    index(doc_id, ours_, "report.pdf", {"text"});
    EXPECT_THAT(ids("reports"), ElementsAre(doc_id));
    EXPECT_THAT(ids("text"), ElementsAre(doc_id));
}

TEST_P(IndexTest, FollowsANewName) {
    const auto doc_id = add(ours_, "before.txt", {"first text", "second text"});
    database_->transaction([&](db::Session& session) {
        session.execute("UPDATE Documents SET filename = ? WHERE doc_id = ?", "after.txt", doc_id);
        index_new_name(session, doc_id);
    });
    EXPECT_THAT(ids("before"), IsEmpty());
    EXPECT_THAT(ids("after"), ElementsAre(doc_id));
    const Hits hits = search("text");
    EXPECT_THAT(ids(hits), ElementsAre(doc_id, doc_id));
    EXPECT_EQ(hits.items[0].page, 1);
    EXPECT_EQ(hits.items[0].text, "first text");
}

TEST_P(IndexTest, KeepsNoTextThatTheDatabaseHas) {
    const auto doc_id = add_row(ours_, "a.txt");
    const std::vector<ocr::Page> pages{{.number = 1, .text = "kept once"}};
    database_->transaction([&](db::Session& session) {
        session.execute(
            "INSERT INTO Document_Text (doc_id, page, text_id, method, content) VALUES (?, 1, 'id', 'ocr', ?)", doc_id,
            pages.front().text);
        EXPECT_TRUE(has_text_in_database(session, doc_id, "id"));
        EXPECT_FALSE(has_text_in_database(session, doc_id, "another"));
        index_document(
            session,
            {.doc_id = doc_id, .user_id = ours_, .filename = "a.txt", .has_text = true, .text_is_in_database = true},
            cut_into_passages(pages));
    });
    EXPECT_EQ(count("SELECT COUNT(*) FROM Search_Pages WHERE content IS NULL"), 1);
    EXPECT_EQ(search("kept").items.front().text, "kept once");
    database_->transaction([&](db::Session& session) { index_new_name(session, doc_id); });
    EXPECT_EQ(search("kept").items.front().text, "kept once");
    EXPECT_EQ(count("SELECT COUNT(*) FROM Search_Pages WHERE content IS NULL"), 1);
}

TEST_P(IndexTest, TakesAnyText) {
    std::string long_page;
    for (int i = 0; i < 9000; ++i) {
        long_page += "word" + std::to_string(i) + " ";
    }
    const auto doc_id =
        add(ours_, "null ' \" \\ % _ .txt", {long_page, "null true 'quoted' \"x\" \\ {a,b} : & | !", "ﷺ 東京 😀"});
    EXPECT_THAT(ids("word8999"), ElementsAre(doc_id));
    EXPECT_THAT(ids("null"), testing::Each(doc_id));
    EXPECT_THAT(ids("東京"), ElementsAre(doc_id));
    EXPECT_THAT(ids("nulll"), testing::Each(doc_id));
}

}  // namespace
}  // namespace nassaq::search
