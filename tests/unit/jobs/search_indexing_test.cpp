#include "jobs/search_indexing.hpp"

#include "jobs_fixture.hpp"
#include "search/indexing.hpp"

namespace nassaq::jobs {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class SearchIndexingTest : public test::JobsTest {
protected:
    std::vector<std::int64_t> find(std::string_view query) {
        const auto hits = database_.get().read([&](db::Session& session) {
            return search::find(session, search::parse_query(query), {.user_id = user_id_}, {});
        });
        std::vector<std::int64_t> ids;
        for (const search::Hit& hit : hits.items) {
            ids.push_back(hit.doc_id);
        }
        return ids;
    }

    /// As a version before the index leaves it.
    std::int64_t process_without_index(const std::string& name, std::string_view content) {
        const auto doc_id = upload(name, content);
        EXPECT_TRUE(step(*make_worker()));
        database_.execute("DELETE FROM Search_Pages WHERE doc_id = ?", doc_id);
        return doc_id;
    }

    std::int64_t index_rows() { return database_.count("SELECT COUNT(*) FROM Search_Pages"); }
};

TEST_F(SearchIndexingTest, AResultAndItsIndexAreOne) {
    const auto doc_id = upload("a.txt", "pangolin");
    EXPECT_THAT(find("pangolin"), IsEmpty());
    EXPECT_TRUE(step(*make_worker()));
    EXPECT_THAT(find("pangolin"), ElementsAre(doc_id));
    EXPECT_EQ(database_.count("SELECT COUNT(*) FROM Search_Pages WHERE content IS NULL AND has_text = 1"), 1);
}

TEST_F(SearchIndexingTest, AResultWhoseIndexCannotBeWrittenIsNone) {
    const auto doc_id = upload("a.txt", "pangolin");
    database_.execute("ALTER TABLE Search_Trigrams RENAME TO Search_Trigrams_away");
    EXPECT_TRUE(step(*make_worker()));
    EXPECT_EQ(status(doc_id), "Queued");
    EXPECT_EQ(results(doc_id), 0);
    EXPECT_EQ(index_rows(), 0);
    database_.execute("ALTER TABLE Search_Trigrams_away RENAME TO Search_Trigrams");
    EXPECT_TRUE(step(*make_worker()));
    EXPECT_EQ(status(doc_id), "Finished");
    EXPECT_THAT(find("pangolin"), ElementsAre(doc_id));
}

TEST_F(SearchIndexingTest, AClaimThatIsLostWritesNoIndex) {
    const auto doc_id = upload("a.txt", "pangolin");
    const auto worker = make_worker([&](const auto& file, auto filename, auto stop, const auto& report) {
        database_.execute("UPDATE Processing_Status SET claimed_by = 'another' WHERE doc_id = ?", doc_id);
        return test::read_as_text(file, filename, stop, report);
    });
    EXPECT_TRUE(step(*worker));
    EXPECT_EQ(index_rows(), 0);
}

TEST_F(SearchIndexingTest, BringsInWhatIsMissingOnce) {
    const auto old = process_without_index("old.txt", "ancient parchment");
    const auto waiting = upload("waiting.txt", "not yet");
    SearchIndexing indexing(database_.get(), *texts_);
    while (indexing.step({})) {
    }
    EXPECT_EQ(indexing.indexed(), 2);
    EXPECT_THAT(find("parchment"), ElementsAre(old));
    EXPECT_THAT(find("old"), ElementsAre(old));
    EXPECT_THAT(find("waiting"), ElementsAre(waiting));
    EXPECT_THAT(find("parchmnt"), ElementsAre(old));

    SearchIndexing again(database_.get(), *texts_);
    while (again.step({})) {
    }
    EXPECT_EQ(again.indexed(), 0);
}

/// A server of the version before may still be running beside this one.
TEST_F(SearchIndexingTest, BringsInATextThatAnOlderWorkerHasFinished) {
    const auto doc_id = process_without_index("a.txt", "pangolin");
    database_.get().transaction([&](db::Session& session) {
        search::index_name(session, doc_id, search::prepare_name(session.dialect(), user_id_, "a.txt"));
    });
    EXPECT_THAT(find("pangolin"), IsEmpty());
    SearchIndexing indexing(database_.get(), *texts_);
    indexing.catch_up({});
    EXPECT_EQ(indexing.indexed(), 1);
    EXPECT_THAT(find("pangolin"), ElementsAre(doc_id));
}

TEST_F(SearchIndexingTest, IndexesAllAnew) {
    const auto doc_id = process_without_index("a.txt", "pangolin");
    for (int i = 0; i < 2; ++i) {
        SearchIndexing indexing(database_.get(), *texts_, SearchIndexing::Scope::all);
        while (indexing.step({})) {
        }
        EXPECT_EQ(indexing.indexed(), 1);
    }
    EXPECT_EQ(index_rows(), 1);
    EXPECT_THAT(find("pangolin"), ElementsAre(doc_id));
}

TEST_F(SearchIndexingTest, LearnsAllWordsAnew) {
    const auto doc_id = process_without_index("a.txt", "pangolin 2024");
    const auto words = [&](std::string_view condition) {
        return database_.count("SELECT COUNT(*) FROM Search_Vocabulary WHERE " + std::string(condition));
    };
    database_.execute("INSERT INTO Search_Vocabulary (user_id, word) VALUES (?, 'stale')", user_id_);
    for (int i = 0; i < 2; ++i) {  // The first run does not come to its end.
        forget_learned_words(database_.get());
        EXPECT_EQ(words("user_id > 0"), 0);
        EXPECT_EQ(words("user_id = 0"), 1);
        EXPECT_EQ(database_.count("SELECT COUNT(*) FROM Search_Trigrams"), 0);
        SearchIndexing indexing(database_.get(), *texts_, SearchIndexing::Scope::all);
        while (indexing.step({})) {
        }
        EXPECT_THAT(find("pang*"), ElementsAre(doc_id));
    }
    finish_learning(database_.get());
    EXPECT_EQ(words("word IN ('', 'stale')"), 0);
    EXPECT_EQ(words("word IN ('pangolin', '2024', 'txt', '^txt')"), 4);
    EXPECT_THAT(find("pang*"), ElementsAre(doc_id));
    EXPECT_THAT(find("20*"), ElementsAre(doc_id));
    EXPECT_THAT(find("pangolim"), ElementsAre(doc_id));
}

/// A transaction for all of them would hold up everybody else; 5,000 words, and as many with one trigram.
TEST_F(SearchIndexingTest, ForgetsLearnedWordsSomeAtATime) {
    constexpr std::string_view numbers =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) ";
    database_.execute(
        std::string(numbers) + "INSERT INTO Search_Vocabulary (user_id, word) SELECT ?, 'word' || i FROM n", user_id_);
    database_.execute(std::string(numbers) +
                          "INSERT INTO Search_Trigrams (trigram, user_id, word) SELECT 'wor', ?, 'word' || i FROM n",
                      user_id_);
    const auto before = database_.get().statistics().calls;
    forget_learned_words(database_.get());
    const auto transactions = database_.get().statistics().calls - before;
    // That it begins; five portions of 2,000 rows; and that there are no more.
    EXPECT_EQ(transactions, 1U + 5U + 1U);
    EXPECT_EQ(database_.count("SELECT COUNT(*) FROM Search_Vocabulary WHERE user_id > 0"), 0);
    EXPECT_EQ(database_.count("SELECT COUNT(*) FROM Search_Trigrams"), 0);
}

TEST_F(SearchIndexingTest, OneNodeADayLooksForAll) {
    process_without_index("a.txt", "pangolin");
    SearchIndexing first(database_.get(), *texts_);
    first.catch_up({});
    EXPECT_EQ(first.indexed(), 1);
    const auto later = process_without_index("b.txt", "armadillo");
    SearchIndexing second(database_.get(), *texts_);
    second.catch_up({});
    EXPECT_EQ(second.indexed(), 0) << "another node has looked today";

    database_.execute("UPDATE Daily_Looks SET due_at = ?", now());
    database_.execute("UPDATE Daily_Looks SET claimed_until = ?", now() + std::chrono::minutes{10});
    SearchIndexing third(database_.get(), *texts_);
    third.catch_up({});
    EXPECT_EQ(third.indexed(), 0) << "another node is at it";

    database_.execute("UPDATE Daily_Looks SET claimed_until = ?", now() - std::chrono::seconds{1});
    SearchIndexing fourth(database_.get(), *texts_);
    fourth.catch_up({});
    EXPECT_EQ(fourth.indexed(), 1) << "that one has died";
    EXPECT_THAT(find("armadillo"), ElementsAre(later));
}

TEST_F(SearchIndexingTest, GoesOnWhereAnotherNodeHasStopped) {
    const auto before = process_without_index("a.txt", "pangolin");
    const auto behind = process_without_index("b.txt", "armadillo");
    database_.execute("UPDATE Daily_Looks SET last_id = ? WHERE name = 'search index'", before);
    SearchIndexing indexing(database_.get(), *texts_);
    indexing.catch_up({});
    EXPECT_THAT(find("pangolin"), IsEmpty());
    EXPECT_THAT(find("armadillo"), ElementsAre(behind));
    EXPECT_EQ(database_.count("SELECT last_id FROM Daily_Looks WHERE name = 'search index'"), 0)
        << "the next one begins anew";
}

TEST_F(SearchIndexingTest, StopsWhenItIsTold) {
    process_without_index("a.txt", "pangolin");
    std::stop_source stop;
    stop.request_stop();
    SearchIndexing indexing(database_.get(), *texts_);
    indexing.catch_up(stop.get_token());
    EXPECT_EQ(indexing.indexed(), 0);
    indexing.catch_up({});  // Not yet: it is not time.
    EXPECT_EQ(indexing.indexed(), 0);
    SearchIndexing another(database_.get(), *texts_);
    another.catch_up({});
    EXPECT_EQ(another.indexed(), 1) << "what was given up is free at once";
}

/// Reads the text, and lets a worker finish with another one before it is indexed.
class SlowTexts final : public texts::TextStore {
public:
    SlowTexts(texts::TextStore& texts, std::function<void()> meanwhile)
        : texts_(texts), meanwhile_(std::move(meanwhile)) {}
    std::string put(const texts::Subject& subject, const ocr::Document& document) override {
        return texts_.put(subject, document);
    }
    bool visit_pages(std::int64_t doc_id, const std::function<void(const ocr::Page&)>& visit) override {
        const bool found = texts_.visit_pages(doc_id, visit);
        meanwhile_();
        return found;
    }
    std::unique_ptr<texts::TextReader> read(std::int64_t doc_id) override { return texts_.read(doc_id); }
    void remove(std::int64_t doc_id) override { texts_.remove(doc_id); }
    void check() override { texts_.check(); }

private:
    texts::TextStore& texts_;
    std::function<void()> meanwhile_;
};

TEST_F(SearchIndexingTest, NeverPutsAnOldTextOverANewOne) {
    const auto doc_id = process_without_index("a.txt", "before");
    const auto process_again = [&] {
        database_.get().transaction([&](db::Session& session) {
            EXPECT_TRUE(begin_again(session, stages_.ocr(), message_for(doc_id, "a.txt")));
        });
        EXPECT_TRUE(step(*make_worker([](const auto&, auto, auto, const auto&) {
            return ocr::Document{.pages = {{.number = 1, .text = "after"}}, .word_count = 1};
        })));
    };
    SlowTexts slow(*texts_, process_again);
    SearchIndexing indexing(database_.get(), slow);
    indexing.step({});
    EXPECT_THAT(find("after"), ElementsAre(doc_id));
    EXPECT_THAT(find("before"), IsEmpty());
}

TEST_F(SearchIndexingTest, PassesOverADocumentThatIsDeletedMeanwhile) {
    const auto doc_id = process_without_index("a.txt", "before");
    SlowTexts slow(*texts_, [&] { delete_rows(doc_id); });
    SearchIndexing indexing(database_.get(), slow);
    EXPECT_NO_THROW(indexing.step({}));
    EXPECT_EQ(index_rows(), 0);
}

std::string many_words() {
    std::string text;
    for (int i = 0; i < 12'000; ++i) {
        text += "word" + std::to_string(i) + " ";
    }
    return text;
}

TEST_F(SearchIndexingTest, ALargeTextIsFoundWhenItIsFinished) {
    const auto doc_id = upload("a.txt", many_words());
    EXPECT_TRUE(step(*make_worker()));
    EXPECT_EQ(status(doc_id), "Finished");
    EXPECT_THAT(find("word0"), ElementsAre(doc_id));
    EXPECT_THAT(find("word11999"), ElementsAre(doc_id));
    EXPECT_THAT(find("word1199*"), testing::Contains(doc_id));
    EXPECT_EQ(database_.count("SELECT COUNT(*) FROM Search_Large"), 0);
}

TEST_F(SearchIndexingTest, APieceThatCannotBeWrittenIsTakenUpWithTheJob) {
    const auto doc_id = upload("a.txt", many_words());
    database_.execute("ALTER TABLE Search_Trigrams RENAME TO Search_Trigrams_away");
    EXPECT_TRUE(step(*make_worker()));
    EXPECT_EQ(status(doc_id), "Queued");
    EXPECT_EQ(database_.count("SELECT is_whole FROM Search_Large"), 0);
    database_.execute("ALTER TABLE Search_Trigrams_away RENAME TO Search_Trigrams");
    EXPECT_TRUE(step(*make_worker()));
    EXPECT_EQ(status(doc_id), "Finished");
    EXPECT_THAT(find("word11999"), ElementsAre(doc_id));
    EXPECT_EQ(database_.count("SELECT COUNT(*) FROM Search_Large"), 0);
    EXPECT_EQ(database_.count("SELECT COUNT(*) FROM (SELECT DISTINCT page, part FROM Search_Pages)"), index_rows());
}

/// A deletion that took most pages out and never came to its end, as when the process was killed.
TEST_F(SearchIndexingTest, TakesUpWhatSomebodyHasLeftUnfinished) {
    const auto doc_id =
        upload("a.txt", many_words() + many_words() + many_words() + many_words() + many_words() + many_words());
    EXPECT_TRUE(step(*make_worker()));
    const auto whole = index_rows();
    EXPECT_GT(whole, 16);
    search::remove_most(database_.get(), doc_id);
    EXPECT_EQ(index_rows(), 1);
    SearchIndexing indexing(database_.get(), *texts_);
    indexing.take_up_abandoned({}, std::chrono::milliseconds{0});
    EXPECT_EQ(index_rows(), whole);
    EXPECT_THAT(find("word11999"), testing::Contains(doc_id));
    EXPECT_EQ(database_.count("SELECT COUNT(*) FROM Search_Large"), 0);
}

TEST_F(SearchIndexingTest, LeavesAloneWhatIsBeingWritten) {
    const auto doc_id = upload("a.txt", many_words());
    EXPECT_TRUE(step(*make_worker()));
    database_.execute("INSERT INTO Search_Large (doc_id, user_id, ticket, pieces, is_whole) VALUES (?, ?, 't', 1, 0)",
                      doc_id, user_id_);
    SearchIndexing indexing(database_.get(), *texts_);
    std::jthread writer([&](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            database_.execute("UPDATE Search_Large SET pieces = pieces + 1 WHERE doc_id = ?", doc_id);
        }
    });
    indexing.take_up_abandoned({}, std::chrono::milliseconds{300});
    writer = {};
    EXPECT_EQ(indexing.indexed(), 0);
    EXPECT_EQ(database_.count("SELECT COUNT(*) FROM Search_Large WHERE ticket = 't'"), 1);
}

}  // namespace
}  // namespace nassaq::jobs
