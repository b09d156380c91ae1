#include "search/indexing.hpp"

#include <chrono>
#include <future>
#include <stdexcept>
#include <stop_token>
#include <thread>

#include "index_fixture.hpp"

namespace nassaq::search {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class IndexingTest : public IndexTest {};
/// SQLite has one writer.
class IndexingBesideOthersTest : public IndexTest {};

template <class Action>
db::ErrorKind kind_thrown_by(Action action) {
    try {
        action();
    } catch (const db::Error& error) {
        return error.kind();
    }
    ADD_FAILURE() << "nothing was thrown";
    return db::ErrorKind::other;
}

INSTANTIATE_TEST_SUITE_P(Databases, IndexingBesideOthersTest, testing::Values(db::Dialect::postgres),
                         [](const auto&) { return "postgres"; });
INSTANTIATE_TEST_SUITE_P(Databases, IndexingTest, testing::Values(db::Dialect::sqlite, db::Dialect::postgres),
                         [](const auto& one) { return one.param == db::Dialect::sqlite ? "sqlite" : "postgres"; });

TEST_P(IndexingTest, ForgetsTheWordsOfATextThatAnotherHasReplaced) {
    const auto doc_id = add(ours_, "a.txt", {"before stays"});
    index(doc_id, ours_, "a.txt", {"after stays"});
    forget_leftovers();
    EXPECT_EQ(known("'before'"), 0);
    EXPECT_EQ(known("'after', 'stays', 'txt', '^txt'"), 4);
    EXPECT_EQ(count("SELECT COUNT(*) FROM Search_Leftovers"), 0);
}

std::string distinct_words(std::string_view prefix, std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) {
        text += fmt::format("{}{} ", prefix, i);
    }
    return text;
}

TEST_P(IndexingTest, ALargeDocumentIsWrittenInPieces) {
    const std::size_t words = 3 * most_passage_words;
    const auto before = database_->statistics().calls;
    const auto doc_id = add(ours_, "large.txt", {distinct_words("aa", words), "last page"});
    const PieceSizes& sizes = tables_of(GetParam()).piece_sizes();
    EXPECT_GT(database_->statistics().calls - before, words / sizes.words + words / sizes.vocabulary_words);
    EXPECT_EQ(count("SELECT COUNT(*) FROM Search_Large"), 0);
    EXPECT_THAT(ids("aa0"), ElementsAre(doc_id));
    EXPECT_THAT(ids("aa12287"), ElementsAre(doc_id));
    EXPECT_THAT(ids("large"), ElementsAre(doc_id));
    EXPECT_EQ(known("'aa0', 'aa12287', 'last', '^large'"), 4);
    const Hits pages = search("aa1 last");
    EXPECT_EQ(pages.items.front().page, 1) << "the passages stand in the order of the text";

    rename(doc_id, "new.txt");
    EXPECT_THAT(ids("new aa0"), ElementsAre(doc_id));
    index(doc_id, ours_, "new.txt", {"short"});
    EXPECT_THAT(ids("aa0"), IsEmpty());
    EXPECT_THAT(ids("short"), ElementsAre(doc_id));
    forget_leftovers();
    EXPECT_EQ(known("'aa0', 'aa12287', 'last', '^large'"), 0);
    EXPECT_EQ(known("'short', '^new'"), 2);
}

TEST_P(IndexingTest, ForgettingEndsWhenItIsStoppedAndIsTakenUpAgain) {
    remove(add(ours_, "large.txt", {distinct_words("ee", 2 * most_passage_words)}));
    const auto leftovers = count("SELECT COUNT(*) FROM Search_Leftovers");
    const auto words = known("'ee0', 'ee8191'");
    ASSERT_EQ(words, 2);
    std::stop_source stop;
    stop.request_stop();
    const auto before = database_->statistics().calls;
    EXPECT_EQ(Leftovers(*database_).step(stop.get_token()), 0U);
    EXPECT_LT(database_->statistics().calls - before, 5U);
    EXPECT_EQ(count("SELECT COUNT(*) FROM Search_Leftovers"), leftovers);
    EXPECT_EQ(known("'ee0', 'ee8191'"), words);
    forget_leftovers();
    EXPECT_EQ(count("SELECT COUNT(*) FROM Search_Leftovers"), 0);
    EXPECT_EQ(known("'ee0', 'ee8191'"), 0);
}

TEST_P(IndexingTest, WhatMayNotBeRemovedAnyMoreStays) {
    const auto doc_id = add(ours_, "large.txt", std::vector<std::string>(20, "page"));
    const auto refuse = [](db::Session&) -> bool { throw std::runtime_error("not any more"); };
    EXPECT_THROW(remove_most(*database_, doc_id, refuse), std::runtime_error);
    EXPECT_EQ(count("SELECT COUNT(*) FROM Search_Pages"), 20);
    EXPECT_EQ(count("SELECT COUNT(*) FROM Search_Large"), 0);
    remove_most(*database_, doc_id);
    EXPECT_EQ(count("SELECT COUNT(*) FROM Search_Pages"), 1);
}

TEST_P(IndexingTest, OfVeryManyWordsOnlySomeAreLearntAndAllAreFound) {
    const auto doc_id = add(ours_, "l.txt", {distinct_words("bb", most_vocabulary_words + 5000)});
    EXPECT_EQ(count("SELECT COUNT(*) FROM Search_Vocabulary WHERE user_id > 0"),
              static_cast<std::int64_t>(most_vocabulary_words));
    EXPECT_EQ(count("SELECT is_whole FROM Search_Large"), 1);
    EXPECT_THAT(ids("bb24999"), ElementsAre(doc_id));
    EXPECT_THAT(ids("bb24999*"), ElementsAre(doc_id)) << "though the vocabulary does not have it";
    remove(doc_id);
    EXPECT_EQ(count("SELECT COUNT(*) FROM Search_Large"), 0);
    EXPECT_EQ(count("SELECT COUNT(*) FROM Search_Pages"), 0);
    forget_leftovers();
    EXPECT_EQ(count("SELECT COUNT(*) FROM Search_Vocabulary WHERE user_id > 0"), 0);
    EXPECT_EQ(count("SELECT COUNT(*) FROM Search_Trigrams"), 0);
}

TEST_P(IndexingTest, WorkInPiecesStopsWhenItIsNotWantedAndIsKnownToBeOpen) {
    const auto doc_id = add_row(ours_, "large.txt");
    const std::vector<ocr::Page> pages{{.number = 1, .text = distinct_words("cc", 4 * most_passage_words)}};
    const auto prepared = prepare(GetParam(), ours_, "large.txt", cut_into_passages(pages));
    int asked = 0;
    EXPECT_FALSE(index_in_pieces(*database_, {.doc_id = doc_id, .user_id = ours_, .has_text = true}, prepared,
                                 [&](db::Session&) { return ++asked < 4; }));
    const auto open = database_->read([](db::Session& session) { return list_open_pieces(session); });
    ASSERT_EQ(open.size(), 1U);
    EXPECT_EQ(open.front().doc_id, doc_id);
    index(doc_id, ours_, "large.txt", {pages.front().text});
    EXPECT_THAT(ids("cc0"), ElementsAre(doc_id));
    EXPECT_EQ(count("SELECT COUNT(*) FROM Search_Pages"), 4);
    EXPECT_THAT(database_->read([](db::Session& session) { return list_open_pieces(session); }), IsEmpty());
}

/// Two that write the same document: who has begun later goes on, and the other stops.
TEST_P(IndexingTest, WorkInPiecesGivesWayToWhoBeginsLater) {
    const auto doc_id = add_row(ours_, "large.txt");
    const std::string text = distinct_words("dd", 4 * most_passage_words);
    const std::vector<ocr::Page> pages{{.number = 1, .text = text}};
    const auto prepared = prepare(GetParam(), ours_, "large.txt", cut_into_passages(pages));
    std::size_t asked = 0;
    const auto is_wanted = [&](db::Session& session) {
        if (++asked == 3) {
            session.execute("UPDATE Search_Large SET ticket = 'of another' WHERE doc_id = ?", doc_id);
        }
        return true;
    };
    EXPECT_FALSE(
        index_in_pieces(*database_, {.doc_id = doc_id, .user_id = ours_, .has_text = true}, prepared, is_wanted));
    EXPECT_EQ(asked, 3U);
}

TEST_P(IndexingTest, ARenamingThatWasPreparedTooEarlyIsRefused) {
    const auto doc_id = add(ours_, "a.txt", {"first"});
    database_->transaction([&](db::Session& session) {
        session.insert("Processing_Status", "status_id",
                       {{"doc_id", doc_id},
                        {"stage_name", "OCR"},
                        {"status", "Finished"},
                        {"start_time", now()},
                        {"end_time", now()}});
    });
    const auto renaming =
        database_->read([&](db::Session& session) { return prepare_renaming(session, doc_id, "b.txt"); });
    index(doc_id, ours_, "a.txt", {"second"});
    database_->transaction([&](db::Session& session) {
        session.execute("UPDATE Processing_Status SET end_time = ? WHERE doc_id = ?", now(), doc_id);
    });
    EXPECT_FALSE(database_->transaction([&](db::Session& session) { return rename_document(session, renaming); }));
    EXPECT_THAT(ids("second"), ElementsAre(doc_id));
}

/// On PostgreSQL a renaming may find the old passage locked, by a job that puts another in its place.
TEST_P(IndexingBesideOthersTest, ARenamingThatMeetsTheEndOfAJobIsRefused) {
    const auto doc_id = add(ours_, "a.txt", {"first"});
    const auto renaming =
        database_->read([&](db::Session& session) { return prepare_renaming(session, doc_id, "b.txt"); });
    std::promise<bool> renamed;
    std::jthread renamer;
    database_->transaction([&](db::Session& session) {
        session.execute("DELETE FROM Search_Pages WHERE doc_id = ?", doc_id);
        session.execute(
            "INSERT INTO Search_Pages (user_id, doc_id, page, part, has_text, content, terms) "
            "VALUES (?, ?, 1, 1, 1, 'second', to_tsvector('simple', 'second'))",
            ours_, doc_id);
        renamer = std::jthread([&] {
            renamed.set_value(
                database_->transaction([&](db::Session& other) { return rename_document(other, renaming); }));
        });
        std::this_thread::sleep_for(std::chrono::milliseconds(300));  // It waits for the row by now.
    });
    EXPECT_FALSE(renamed.get_future().get());
}

/// As when a file is replaced while the text of the one before is being written down.
TEST_P(IndexingBesideOthersTest, ATextThatComesWhileItIsForgottenIsForgotten) {
    const auto doc_id = add(ours_, "a.txt", {"first"});
    const auto name = prepare_name(GetParam(), ours_, "a.txt");
    const std::vector<ocr::Page> pages{{.number = 1, .text = "second", .language = "en"}};
    const auto prepared = prepare(GetParam(), ours_, "a.txt", cut_into_passages(pages));
    std::jthread forgetter;
    std::promise<void> forgotten;
    database_->transaction([&](db::Session& session) {
        index_document(session, {.doc_id = doc_id, .user_id = ours_, .filename = "a.txt", .has_text = true}, prepared);
        forgetter = std::jthread([&] {
            database_->transaction([&](db::Session& other) { index_name_again(other, doc_id, name); });
            forgotten.set_value();
        });
        std::this_thread::sleep_for(std::chrono::milliseconds(300));  // It waits for the row by now.
    });
    forgotten.get_future().get();
    EXPECT_THAT(ids("second"), IsEmpty());
    EXPECT_THAT(ids("a"), ElementsAre(doc_id));
}

TEST_P(IndexingTest, ASearchEndsWhenItIsStopped) {
    const auto doc_id = add(ours_, "a.txt", {"word"});
    std::stop_source stop;
    const auto search_once = [&] {
        return database_->read(stop.get_token(), [&](db::Session& session) {
            return find(session, parse_query("word"), {.user_id = ours_}, {}).total;
        });
    };
    EXPECT_EQ(search_once(), 1);
    const auto* endless =
        GetParam() == db::Dialect::sqlite
            ? "WITH RECURSIVE n (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT COUNT(*) FROM n"
            : "SELECT CAST(COUNT(pg_sleep(60)) AS BIGINT)";
    const auto begin = std::chrono::steady_clock::now();
    std::jthread stopper([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds{100});
        stop.request_stop();
    });
    EXPECT_EQ(kind_thrown_by([&] {
                  database_->read(stop.get_token(),
                                  [&](db::Session& session) { return session.get<std::int64_t>(endless); });
              }),
              db::ErrorKind::stopped);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds{20});
    EXPECT_EQ(kind_thrown_by(search_once), db::ErrorKind::stopped) << "nor does one begin";
    stop = {};
    EXPECT_EQ(search_once(), 1) << "the connections serve on";
    EXPECT_THAT(ids("word"), ElementsAre(doc_id));
}

}  // namespace
}  // namespace nassaq::search
