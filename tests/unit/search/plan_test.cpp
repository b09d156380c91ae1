#include "search/plan.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "search/mssql_search.hpp"
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
            R"(33 ({name words} : "human rights" NOT {name_stems stems} : "tax"))",
            R"(64 (({name words} : "human rights" AND name : "human rights") NOT {name_stems stems} : "tax"))"));
}

TEST(Plan, WhatAllHitsHaveIsLookedForOnce) {
    EXPECT_THAT(in_fts5(R"("human rights" "annual report")"),
                ElementsAre(R"(162 ({name words} : "human rights" AND {name words} : "annual report"))",
                            R"(64 ({name words} : "human rights" AND {name words} : "annual report" AND )"
                            R"((name : "human rights" OR name : "annual report")))"));
}

TEST(Plan, OfTheFirstUnitsThatTellTheMost) {
    const auto passes = plan(parse_query(R"(the one two three "four five" six)"), 2);
    ASSERT_EQ(passes.size(), 4U);
    EXPECT_EQ(to_fts5(passes[0].condition), R"(({name words} : "four five" AND {name_stems stems} : "one"))");
    EXPECT_EQ(to_fts5(passes[1].condition), R"({name words} : "four five")");
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
    // "law"; comp*, both as typed, and both; one of them in the name.
    EXPECT_THAT(of_nothing, ElementsAre(false, true, false));
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
              "((('human' <-> 'rights') & ('^human' <-> '^rights')) & !('~tax'))");
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

    std::string last_condition(const Query& query, std::optional<std::int64_t> reader = std::nullopt) {
        variables_ = {};
        return to_transact_sql(plan(query).back().condition, reader, variables_);
    }
    std::string last_condition(std::string_view text) { return last_condition(parse_query(text)); }

    std::vector<std::string> texts() {
        std::vector<std::string> texts;
        for (const db::Parameter& value : variables_.values()) {
            if (const auto* text = std::get_if<std::string_view>(&value)) {
                texts.emplace_back(*text);
            }
        }
        return texts;
    }

    Variables variables_;
};

TEST_F(TransactSql, Word) {
    EXPECT_EQ(last_condition("reports"), fmt::format("{}w.term = @text0)", has));
    EXPECT_THAT(texts(), ElementsAre("^~report"));
}

TEST_F(TransactSql, Phrase) {
    EXPECT_EQ(last_condition("annual report of all"),
              fmt::format("({0}w.term = @text0) AND {0}w.term = @text1) AND s.words LIKE @text2)", has));
    EXPECT_THAT(texts(), ElementsAre("annual", "report", "% annual report of all %"));
}

TEST_F(TransactSql, PrefixInEverybodysDocuments) {
    EXPECT_EQ(last_condition("comp*"), fmt::format("{}(w.term >= @text0 AND w.term < @text1))", has));
    EXPECT_THAT(texts(), ElementsAre("^comp", "^comp\uFFFF"));
}

/// Terms come before whose they are, so that an interval of them is everybody's.
TEST_F(TransactSql, PrefixInTheReadersDocumentsIsOfTheirWords) {
    Query query = parse_query("comp*");
    query.wanted.front().is_in_vocabulary = true;
    constexpr std::string_view words =
        "SELECT v.word FROM Search_Vocabulary v WHERE v.user_id = @reader AND v.word >= @text0 AND v.word < @text1";
    EXPECT_EQ(last_condition(query, 7), fmt::format("{}w.term IN ({}))", has, words));
    EXPECT_THAT(texts(), ElementsAre("^comp", "^comp\uFFFF"));
    EXPECT_EQ(variables_.declaration(),
              "DECLARE @reader BIGINT = ?, @text0 NVARCHAR(4000) = ?, @text1 NVARCHAR(4000) = ?; ");
    query.wanted.push_back(parse_query("law").wanted.front());
    variables_ = {};
    EXPECT_EQ(to_transact_sql(plan(query).at(3).condition, 7, variables_),
              fmt::format("{}w.term IN (SELECT v.word FROM Search_Vocabulary v WHERE v.user_id = @reader AND "
                          "v.word >= @text1 AND v.word < @text2 UNION ALL SELECT @text0))",
                          has));
}

TEST_F(TransactSql, AnyOfSeveralIsOneLook) {
    const auto in_name = plan(parse_query("law rep*")).at(3);
    EXPECT_EQ(to_transact_sql(in_name.condition, std::nullopt, variables_),
              fmt::format("{}((w.term >= @text1 AND w.term < @text2) OR w.term = @text0))", has));
    EXPECT_THAT(texts(), ElementsAre("^~law", "^rep", "^rep\uFFFF"));
}

TEST_F(TransactSql, PhrasesAmongSeveralAreLooksOfTheirOwn) {
    EXPECT_EQ(to_transact_sql(plan(parse_query("law -tax -\"human rights\"")).front().condition, 7, variables_),
              fmt::format("({0}w.term = @text0) AND NOT s.passage_id IN (SELECT s.passage_id FROM Search_Pages s WHERE "
                          "{0}w.term = @text1) UNION ALL SELECT s.passage_id FROM Search_Pages s WHERE "
                          "({0}w.term = @text2) AND {0}w.term = @text3) AND s.words LIKE @text4)))",
                          has));
}

TEST_F(TransactSql, Excluded) {
    EXPECT_EQ(last_condition("law -tax"), fmt::format("({0}w.term = @text0) AND NOT {0}w.term = @text1))", has));
    EXPECT_THAT(texts(), ElementsAre("^~law", "~tax"));
}

TEST_F(TransactSql, WholeSearch) {
    const Filter filter{.user_id = 7, .path = "عقود", .language = "ar"};
    const FilterTexts texts(filter, db::Dialect::mssql);
    const std::vector<Pass> passes{plan(parse_query("law")).front()};
    const auto search = to_transact_sql(passes, filter, texts, {.skip = 40, .limit = 20});
    EXPECT_EQ(search.sql,
              fmt::format(
                  "DECLARE @reader BIGINT = ?, @text0 NVARCHAR(4000) = ?; "
                  "SELECT passage_id, SUM(weight), COUNT(*) OVER () FROM ("
                  "SELECT TOP (50000) s.passage_id, s.doc_id, s.page, s.part, ? AS weight FROM Search_Pages s WHERE "
                  "{}w.term = @text0) AND s.user_id = @reader AND s.language = ? AND EXISTS (SELECT 1 FROM Documents d "
                  "JOIN Virtual_Paths v ON v.path_id = d.path_id WHERE d.doc_id = s.doc_id AND (v.full_path = ? OR "
                  "(v.full_path COLLATE Latin1_General_BIN2 >= ? AND v.full_path COLLATE Latin1_General_BIN2 < ?)))"
                  ") AS found GROUP BY passage_id, doc_id, page, part "
                  "ORDER BY SUM(weight) DESC, doc_id DESC, page, part "
                  "OFFSET ? ROWS FETCH NEXT ? ROWS ONLY OPTION (RECOMPILE)",
                  has));
    using db::Parameter;
    EXPECT_THAT(search.parameters,
                ElementsAre(Parameter(std::int64_t{7}), Parameter(std::string_view("~law")), Parameter(std::int64_t{1}),
                            Parameter(std::string_view("ar")), Parameter(std::string_view("عقود")),
                            Parameter(std::string_view("عقود/")), Parameter(std::string_view("عقود0")),
                            Parameter(std::int64_t{40}), Parameter(std::int64_t{20})));
}

/// A statement of dozens takes SQL Server seconds to compile.
TEST_F(TransactSql, ManyWordsAreFewLooks) {
    Query query = parse_query("one two three four five six seven eight nine ten eleven twelve thirteen fourteen");
    for (Unit& unit : query.wanted) {
        unit.alternatives = {"a", "b", "c", "d", "e"};
    }
    const auto search = to_transact_sql(plan(query, most_units_of_mssql), {}, FilterTexts({}, db::Dialect::mssql), {});
    std::size_t looks = 0;
    for (std::size_t place = search.sql.find("EXISTS"); place != std::string::npos;
         place = search.sql.find("EXISTS", place + 1)) {
        ++looks;
    }
    EXPECT_LE(looks, 20U);
}

TEST_F(TransactSql, TermsOfAPassage) {
    EXPECT_THAT(terms_of({.words = "a", .stems = "b"}, {.words = "x y x", .stems = "z"}),
                ElementsAre("^a", "^~b", "a", "x", "y", "~b", "~z"));
}

}  // namespace
}  // namespace nassaq::search
