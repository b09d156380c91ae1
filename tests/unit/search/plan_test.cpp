#include "search/plan.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "search/mssql_tables.hpp"
#include "search/postgres_tables.hpp"
#include "search/sqlite_tables.hpp"

namespace nassaq::search {
namespace {

using testing::ElementsAre;

std::vector<std::string> in_fts5(std::string_view text) {
    std::vector<std::string> lines;
    for (const Pass& pass : plan(parse_query(text))) {
        lines.push_back(fmt::format("{} {}", pass.weight, to_fts5(pass.condition)));
    }
    return lines;
}

TEST(Plan, OfOneWord) {
    EXPECT_THAT(in_fts5("Reports"), ElementsAre(R"(1 {name_stems stems} : "report")", R"(32 {name words} : "reports")",
                                                R"(64 name_stems : "report")"));
}

TEST(Plan, OfTwoWords) {
    EXPECT_THAT(in_fts5("annual reports"),
                ElementsAre(R"(1 {name_stems stems} : "annual")", R"(1 {name_stems stems} : "report")",
                            R"(32 ({name words} : "annual" AND {name words} : "reports"))",
                            R"(64 (name_stems : "annual" OR name_stems : "report"))",
                            R"(128 ({name_stems stems} : "annual" AND {name_stems stems} : "report"))",
                            R"(256 {name words} : "annual reports")"));
}

TEST(Plan, CommonWordsCountInThePhraseOnly) {
    EXPECT_THAT(in_fts5("the law"), ElementsAre(R"(1 {name_stems stems} : "law")", R"(32 {name words} : "law")",
                                                R"(64 name_stems : "law")", R"(256 {name words} : "the law")"));
    EXPECT_THAT(in_fts5("the"), ElementsAre(R"(1 {name_stems stems} : "the")", R"(32 {name words} : "the")",
                                            R"(64 name_stems : "the")"));
}

TEST(Plan, QuotedPhrasesAreRequiredAndExcludedWordsKeptOut) {
    EXPECT_THAT(
        in_fts5(R"("human rights" -tax)"),
        ElementsAre(
            R"(33 (({name words} : "human rights" AND {name words} : "human rights") NOT {name_stems stems} : "tax"))",
            R"(64 ((name : "human rights" AND {name words} : "human rights") NOT {name_stems stems} : "tax"))"));
}

TEST(Plan, Prefix) {
    EXPECT_THAT(in_fts5("comp*"), ElementsAre(R"(33 {name words} : "comp" *)", R"(64 name : "comp" *)"));
}

/// The beginnings of a query, each with the same words.
Query with_words(std::string_view text, const std::vector<std::string>& words,
                 const std::vector<std::string>& in_names) {
    Query query = parse_query(text);
    for (auto* units : {&query.wanted, &query.excluded}) {
        for (Unit& unit : *units) {
            if (unit.kind == Unit::Kind::prefix) {
                unit.begun_words = words;
                unit.begun_words_in_names = in_names;
            }
        }
    }
    return query;
}

TEST(Plan, PrefixOfKnownWords) {
    const std::vector<Pass> passes = plan(with_words("comp*", {"company", "computer"}, {"computer"}));
    ASSERT_EQ(passes.size(), 2U);
    EXPECT_EQ(to_fts5(passes[0].condition), R"(({name words} : "company" OR {name words} : "computer"))");
    EXPECT_EQ(to_tsquery(passes[0].condition), "(('company') | ('computer'))");
    EXPECT_EQ(to_fts5(passes[1].condition), R"(name : "computer")");
}

TEST(Plan, PrefixThatNoWordHas) {
    std::vector<bool> of_nothing;
    const auto passes = plan(with_words("law comp*", {}, {}));
    for (const Pass& pass : passes) {
        of_nothing.push_back(finds_nothing(pass.condition));
    }
    // "law"; comp*, and both as typed; one of them in the name; both.
    EXPECT_THAT(of_nothing, ElementsAre(false, true, false, true));
    EXPECT_EQ(to_fts5(passes[2].condition), R"(name_stems : "law")");
    EXPECT_EQ(highest_score(passes), highest_score(plan(parse_query("law comp*"))));
    // To leave out what is nowhere changes nothing.
    EXPECT_EQ(plan(with_words("law -comp*", {}, {})).front().condition, plan(parse_query("law")).front().condition);
}

std::string in_tsquery(std::string_view text) {
    return to_tsquery(plan(parse_query(text)).back().condition);
}

TEST(TsQuery, IsOfQuotedWords) {
    EXPECT_EQ(in_tsquery("annual reports"), "('annual' <-> 'reports')");
    EXPECT_EQ(in_tsquery("reports"), "('^~report')");
    EXPECT_EQ(in_tsquery("comp*"), "('^comp':*)");
    EXPECT_EQ(in_tsquery(R"("human rights" -tax)"),
              "((('^human' <-> '^rights') & ('human' <-> 'rights')) & !('~tax'))");
}

TEST(TsVector, HasPositionsForWordsOnly) {
    const Passage passage{.words = "to be or to", .stems = "be or to"};
    EXPECT_EQ(to_tsvector(7, {}, passage), "'=7' 'be':3 'or':4 'to':2,5 '~be' '~or' '~to' ");
    EXPECT_EQ(to_tsvector(7, {.words = "a txt", .stems = "a txt"}, {.words = "b", .stems = "b"}),
              "'=7' '^a':1 '^txt':2 '^~a' '^~txt' 'a':1 'b':4 'txt':2 '~a' '~b' '~txt' ");
}

/// What SQL Server is asked, to the letter: there is none in every test run.
class TransactSql : public testing::Test {
protected:
    static constexpr std::string_view has =
        "EXISTS (SELECT 1 FROM Search_Words w WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND ";

    std::string last_condition(std::string_view text) {
        texts_.clear();
        return to_transact_sql(plan(parse_query(text)).back().condition, texts_);
    }

    std::vector<std::string> texts_;
};

TEST_F(TransactSql, Word) {
    EXPECT_EQ(last_condition("reports"), fmt::format("{}w.term = ?)", has));
    EXPECT_THAT(texts_, ElementsAre("^~report"));
}

TEST_F(TransactSql, Phrase) {
    EXPECT_EQ(last_condition("annual report of all"),
              fmt::format("({0}w.term = ?) AND {0}w.term = ?) AND s.words LIKE ?)", has));
    EXPECT_THAT(texts_, ElementsAre("annual", "report", "% annual report of all %"));
}

TEST_F(TransactSql, Prefix) {
    EXPECT_EQ(last_condition("comp*"), fmt::format("{}(w.term >= ? AND w.term < ?))", has));
    EXPECT_THAT(texts_, ElementsAre("^comp", "^comp\uFFFF"));
}

TEST_F(TransactSql, AnyOfSeveralIsOneLook) {
    const auto in_name = plan(parse_query("law rep*")).at(3);
    EXPECT_EQ(to_transact_sql(in_name.condition, texts_),
              fmt::format("({}(w.term = ? OR (w.term >= ? AND w.term < ?))))", has));
    EXPECT_THAT(texts_, testing::UnorderedElementsAre("^~law", "^rep", "^rep\uFFFF"));
}

TEST_F(TransactSql, Excluded) {
    EXPECT_EQ(last_condition("law -tax"), fmt::format("({0}w.term = ?) AND NOT {0}w.term = ?))", has));
    EXPECT_THAT(texts_, ElementsAre("^~law", "~tax"));
}

TEST_F(TransactSql, WholeSearch) {
    const Filter filter{.user_id = 7, .path = "عقود", .language = "ar"};
    const PathRange path(filter.path);
    const auto search = to_transact_sql({plan(parse_query("law")).front()}, filter, path);
    EXPECT_EQ(
        search.statement.sql,
        fmt::format("SELECT passage_id, SUM(weight), COUNT(*) OVER () FROM ("
                    "SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight FROM Search_Pages s WHERE "
                    "{}w.term = ?) AND s.user_id = ? AND s.language = ? AND EXISTS (SELECT 1 FROM Documents d "
                    "JOIN Virtual_Paths v ON v.path_id = d.path_id WHERE d.doc_id = s.doc_id AND (v.full_path = ? OR "
                    "(v.full_path COLLATE Latin1_General_BIN2 >= ? AND v.full_path COLLATE Latin1_General_BIN2 < ?)))"
                    ") AS found GROUP BY passage_id, doc_id, page, part "
                    "ORDER BY SUM(weight) DESC, doc_id DESC, page, part",
                    has));
    using db::Parameter;
    EXPECT_THAT(search.statement.parameters,
                ElementsAre(Parameter(std::int64_t{1}), Parameter(std::string_view("~law")), Parameter(std::int64_t{7}),
                            Parameter(std::string_view("ar")), Parameter(std::string_view("عقود")),
                            Parameter(std::string_view("عقود/")), Parameter(std::string_view("عقود0"))));
}

TEST_F(TransactSql, TermsOfAPassage) {
    EXPECT_THAT(terms_of({.words = "a", .stems = "b"}, {.words = "x y x", .stems = "z"}),
                ElementsAre("^a", "^~b", "a", "x", "y", "~b", "~z"));
}

}  // namespace
}  // namespace nassaq::search
