#include "search/index.hpp"

#include <thread>

#include "index_fixture.hpp"

namespace nassaq::search {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

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

TEST_P(IndexTest, PrefixesStandForTheCallersWords) {
    const auto ours = add(ours_, "Invoice 17.txt", {"The lease of 2024, عن الإيجارات", "ax B2B"});
    const auto name = add(ours_, "leasing.txt", {"nothing"});
    add(theirs_, "leaflet 2025.txt", {"leaves and invention"});
    EXPECT_THAT(ids("lea*"), ElementsAre(name, ours));
    EXPECT_THAT(ids("202*"), ElementsAre(ours));
    EXPECT_THAT(ids("٢٠٢*"), ElementsAre(ours));
    EXPECT_THAT(ids("17*"), ElementsAre(ours));
    EXPECT_THAT(ids("الاي*"), ElementsAre(ours));
    EXPECT_THAT(ids("إيج*"), IsEmpty());
    EXPECT_THAT(ids("الإيج*"), ElementsAre(ours));
    EXPECT_THAT(ids("ax*"), ElementsAre(ours));
    EXPECT_THAT(ids("b2*"), ElementsAre(ours));
    for (const std::string query : {"leaf*", "leav*", "2025*", "inven*"}) {
        EXPECT_THAT(ids(query), IsEmpty()) << query;
    }
    EXPECT_THAT(ids("nothing leaf*"), ElementsAre(name));
    EXPECT_THAT(ids("nothing -leas*"), IsEmpty());
    EXPECT_THAT(ids("nothing -leaf*"), ElementsAre(name));
    EXPECT_THAT(ids("\"the lease\" leas*"), ElementsAre(ours));
    EXPECT_EQ(search("lea*", {}).total, 3);
}

TEST_P(IndexTest, PrefixesGoByTheScore) {
    add(ours_, "a.txt", {"leaves"});
    add(ours_, "leaf.txt", {"nothing"});
    const Hits hits = search("lea*");
    ASSERT_EQ(hits.items.size(), 2U);
    EXPECT_EQ(hits.items[0].filename, "leaf.txt");
    EXPECT_EQ(hits.items[0].score, 1);
    EXPECT_LT(hits.items[1].score, 1);
}

/// With more words than are looked for one by one.
TEST_P(IndexTest, PrefixesOfVeryManyWords) {
    std::string words;
    std::string name;
    for (int i = 1000; i < 2200; ++i) {
        words += " many" + std::to_string(i);
    }
    for (int i = 1000; i < 1060; ++i) {
        name += "manifold" + std::to_string(i) + " ";
    }
    const auto folder = add_path("folder");
    const auto all = add(ours_, "a.txt", {words, "other"});
    const auto names = add(ours_, name.substr(0, 240) + ".txt", {"contract"}, "ar", folder);
    const auto more_names = add(ours_, name.substr(name.size() - 240) + ".txt", {"lease"});
    const auto few = add(ours_, "b.txt", {"contract many1000 here"});
    add(ours_, "germany.txt", {"contract germany"});
    add(theirs_, "c.txt", {words});
    EXPECT_THAT(ids("many*"), ElementsAre(few, all));
    EXPECT_THAT(ids("man*"), ElementsAre(more_names, names, few, all));
    EXPECT_THAT(ids("contract -many*"), testing::Not(testing::Contains(few)));
    EXPECT_EQ(search("contract -man*").total, 1);
    EXPECT_EQ(search("contract many*").items.front().doc_id, few);
    EXPECT_EQ(search("contract many*").total, 4);
    EXPECT_THAT(ids("\"many1000 here\" man*"), ElementsAre(few));
    EXPECT_THAT(ids("many* -contract"), ElementsAre(all));
    EXPECT_THAT(ids(search("man*", {.user_id = ours_, .language = "ar"})), ElementsAre(names));
    EXPECT_THAT(ids(search("man*", {.user_id = ours_, .path = "folder"})), ElementsAre(names));
    EXPECT_EQ(search("many*", {}).total, 3);
    EXPECT_EQ(search("many* man* many1* mani* contract").total, 5);
}

TEST_P(IndexTest, PrefixesFollowDeletionAndRenaming) {
    const auto doc_id = add(ours_, "before.txt", {"shared secret 77"});
    const auto stays = add(ours_, "b.txt", {"shared"});
    rename(doc_id, "after.txt");
    EXPECT_THAT(ids("bef*"), IsEmpty());
    EXPECT_THAT(ids("aft*"), ElementsAre(doc_id));
    EXPECT_EQ(search("aft*").items.front().score, 1);
    remove(doc_id);
    EXPECT_THAT(ids("aft*"), IsEmpty());
    EXPECT_THAT(ids("secr*"), IsEmpty());
    EXPECT_THAT(ids("sha*"), ElementsAre(stays));
    forget_leftovers();
    EXPECT_THAT(ids("sha*"), ElementsAre(stays));
    EXPECT_EQ(count("SELECT COUNT(*) FROM Search_Vocabulary WHERE word IN ('secret', '77', 'after', '^after')"), 0);
    EXPECT_EQ(count("SELECT COUNT(*) FROM Search_Vocabulary WHERE word IN ('shared', 'txt', '^txt')"), 3);
}

TEST_P(IndexTest, PrefixesAreFoundInADatabaseOfBeforeTheVocabulary) {
    const auto ours = add(ours_, "a.txt", {"lease 2024"});
    const auto name = add(ours_, "lease.txt", {"contract"});
    add(theirs_, "b.txt", {"lease"});
    database_->transaction([](db::Session& session) {
        session.execute("DROP TABLE Search_Vocabulary");
        session.execute("DELETE FROM Schema_Version WHERE version = 10");
    });
    db::migrate(*database_);
    EXPECT_EQ(count("SELECT COUNT(*) FROM Search_Vocabulary"), 1);
    add(ours_, "new.txt", {"new leaves"});
    EXPECT_EQ(search("lea*").total, 3);
    EXPECT_EQ(search("lea*").items.front().doc_id, name);
    EXPECT_THAT(ids("202*"), ElementsAre(ours));
    EXPECT_THAT(ids("contract -lea*"), IsEmpty());
    EXPECT_THAT(ids("nowhere*"), IsEmpty());
}

/// A document that comes while another goes has its words, whoever is first.
TEST_P(IndexTest, WordsOfTwoTransactionsAtOnceAreKept) {
    constexpr int rounds = 20;
    for (int i = 0; i < rounds; ++i) {
        const std::string word = "word" + std::to_string(i);
        const auto goes = add(ours_, "goes.txt", {word});
        const auto comes = add_row(ours_, "comes" + std::to_string(i) + ".txt");
        {
            const std::jthread other([&] { index(comes, ours_, "comes.txt", {word}); });
            remove(goes);
            forget_leftovers();
        }
        EXPECT_THAT(ids(word + "*"), ElementsAre(comes));
    }
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
    remove(doc_id);
    EXPECT_THAT(ids("shared"), ElementsAre(stays));
    forget_leftovers();
    EXPECT_THAT(ids("sharde"), ElementsAre(stays));
    EXPECT_EQ(count("SELECT COUNT(*) FROM Search_Trigrams WHERE word = 'secret'"), 0);
    EXPECT_GT(count("SELECT COUNT(*) FROM Search_Trigrams WHERE word = 'txt'"), 0);
}

TEST_P(IndexTest, KnowsADocumentByItsNameFirst) {
    const auto doc_id = add_row(ours_, "report.pdf");
    database_->transaction(
        [&](db::Session& session) { index_name(session, doc_id, prepare_name(GetParam(), ours_, "report.pdf")); });
    EXPECT_THAT(ids("reports"), ElementsAre(doc_id));
    index(doc_id, ours_, "report.pdf", {"text"});
    EXPECT_THAT(ids("reports"), ElementsAre(doc_id));
    EXPECT_THAT(ids("text"), ElementsAre(doc_id));
}

TEST_P(IndexTest, FollowsANewName) {
    const auto doc_id = add(ours_, "before.txt", {"first text", "second text"});
    rename(doc_id, "after.txt");
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
        EXPECT_TRUE(find_indexed(session, doc_id, "id").value().text_is_in_database);
        EXPECT_FALSE(find_indexed(session, doc_id, "another").value().text_is_in_database);
        index_document(
            session,
            {.doc_id = doc_id, .user_id = ours_, .filename = "a.txt", .has_text = true, .text_is_in_database = true},
            prepare(GetParam(), ours_, "a.txt", cut_into_passages(pages)));
    });
    EXPECT_EQ(count("SELECT COUNT(*) FROM Search_Pages WHERE content IS NULL"), 1);
    EXPECT_EQ(search("kept").items.front().text, "kept once");
    rename(doc_id, "b.txt");
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
