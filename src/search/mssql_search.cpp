#include "search/mssql_search.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <iterator>
#include <ranges>
#include <utility>

#include "db/dialect.hpp"

namespace nassaq::search {
namespace {

/// A phrase is looked for in the words of the passages that have its first ones.
constexpr std::size_t phrase_words_by_index = 2;

/// What a condition is written with.
struct Writing {
    std::optional<std::int64_t> reader;
    Variables& variables;
};

std::string part_to_transact_sql(const Condition& condition, const Writing& writing);

std::string join_transact_sql(std::span<const Condition> parts, std::string_view operation, const Writing& writing) {
    return join_parts(parts, operation, [&](const Condition& part) { return part_to_transact_sql(part, writing); });
}

std::string has_term(std::string_view comparison) {
    return fmt::format(
        "EXISTS (SELECT 1 FROM Search_Words w WHERE w.passage_id = s.passage_id AND w.user_id = s.user_id AND {})",
        comparison);
}

/// Whether a passage has what the leaf names as soon as it has one term of an interval.
bool is_one_term(const Condition& part) {
    return part.kind == Condition::Kind::leaf && (part.form == Condition::Form::prefix || part.words.size() == 1);
}

/// Words of the reader. Terms are sorted by what they are before whose they are, so that an interval of them is
/// everybody's.
std::string words_between(const std::string& first, const std::string& behind, const std::string& reader) {
    return fmt::format("SELECT v.word FROM Search_Vocabulary v WHERE v.user_id = {} AND v.word >= {} AND v.word < {}",
                       reader, first, behind);
}

/// What `w`, a row of Search_Words, may be so that it is one of some leaves.
class Terms {
public:
    explicit Terms(const Writing& writing) : writing_(writing) {}

    void add(const Condition& leaf) {
        std::string term = term_of(leaf, leaf.words.front());
        const std::string first = writing_.variables.text(term);
        if (leaf.form != Condition::Form::prefix) {
            single_.push_back(first);
            return;
        }
        const std::string behind = writing_.variables.text(term.append(db::last_character(db::Dialect::mssql)));
        if (leaf.is_in_vocabulary && writing_.reader) {
            listed_.push_back(words_between(first, behind, writing_.variables.reader(*writing_.reader)));
        } else {
            intervals_.push_back(fmt::format("(w.term >= {} AND w.term < {})", first, behind));
        }
    }

    /// Nothing when none has been added.
    [[nodiscard]] std::optional<std::string> comparison() const {
        std::vector<std::string> alternatives = intervals_;
        if (!listed_.empty()) {
            std::vector<std::string> lists = listed_;
            std::ranges::transform(single_, std::back_inserter(lists),
                                   [](const std::string& name) { return "SELECT " + name; });
            alternatives.push_back(fmt::format("w.term IN ({})", fmt::join(lists, " UNION ALL ")));
        } else if (!single_.empty()) {
            alternatives.push_back(single_.size() == 1 ? "w.term = " + single_.front()
                                                       : fmt::format("w.term IN ({})", fmt::join(single_, ", ")));
        }
        if (alternatives.size() <= 1) {
            return alternatives.empty() ? std::nullopt : std::optional(alternatives.front());
        }
        return fmt::format("({})", fmt::join(alternatives, " OR "));
    }

private:
    const Writing& writing_;
    std::vector<std::string> single_;
    std::vector<std::string> listed_;
    std::vector<std::string> intervals_;
};

/// One look into the terms for all that is one term each, and one for each of the others. SQL Server may go through
/// every passage for an OR of EXISTS; of passages that are listed it finds each list by its own index.
std::string any_to_transact_sql(std::span<const Condition> parts, const Writing& writing) {
    Terms terms(writing);
    std::ranges::for_each(parts | std::views::filter(is_one_term), [&](const Condition& part) { terms.add(part); });
    std::vector<std::string> alternatives;
    if (const auto comparison = terms.comparison()) {
        alternatives.push_back(has_term(*comparison));
    }
    for (const Condition& part : parts | std::views::filter(std::not_fn(is_one_term))) {
        alternatives.push_back(part_to_transact_sql(part, writing));
    }
    if (alternatives.size() == 1) {
        return alternatives.front();
    }
    for (std::string& alternative : alternatives) {
        alternative = fmt::format("SELECT s.passage_id FROM Search_Pages s WHERE {}", alternative);
    }
    return fmt::format("s.passage_id IN ({})", fmt::join(alternatives, " UNION ALL "));
}

std::string leaf_to_transact_sql(const Condition& leaf, const Writing& writing) {
    if (is_one_term(leaf)) {
        Terms terms(writing);
        terms.add(leaf);
        return has_term(*terms.comparison());  // NOLINT(bugprone-unchecked-optional-access): one has been added.
    }
    const std::size_t count = std::min(leaf.words.size(), phrase_words_by_index);
    std::string sql;
    for (std::size_t i = 0; i < count; ++i) {
        sql += sql.empty() ? "" : " AND ";
        sql += has_term("w.term = " + writing.variables.text(term_of(leaf, leaf.words[i])));
    }
    // The words are letters and digits: nothing in them means anything to LIKE.
    const std::string phrase = writing.variables.text(fmt::format("% {} %", fmt::join(leaf.words, " ")));
    return fmt::format("({} AND {} LIKE {})", sql, leaf.scope == Condition::Scope::name ? "s.name_words" : "s.words",
                       phrase);
}

std::string part_to_transact_sql(const Condition& condition, const Writing& writing) {
    switch (condition.kind) {
        case Condition::Kind::all:
            return join_transact_sql(condition.parts, " AND ", writing);
        case Condition::Kind::any:
            return any_to_transact_sql(condition.parts, writing);
        case Condition::Kind::except:
            return join_transact_sql(condition.parts, " AND NOT ", writing);
        case Condition::Kind::leaf:
            break;
    }
    return leaf_to_transact_sql(condition, writing);
}

/// One look: the passages that it finds, and their points.
void append_look(Statement& looks, const Pass& pass, const Filter& filter, const FilterTexts& texts,
                 Variables& variables) {
    begin_look(looks);
    looks.sql +=
        fmt::format("SELECT TOP ({}) s.passage_id, s.doc_id, s.page, s.part, ? AS weight FROM Search_Pages s WHERE {}",
                    most_candidates, to_transact_sql(pass.condition, filter.user_id, variables));
    looks.parameters.emplace_back(pass.weight);
    if (filter.user_id) {
        looks.sql += " AND s.user_id = " + variables.reader(*filter.user_id);
    }
    append_filter(looks, filter, texts, db::Dialect::mssql);
}

}  // namespace

std::string Variables::text(std::string value) {
    auto place = std::ranges::find(texts_, value);
    if (place == texts_.end()) {
        place = texts_.insert(texts_.end(), std::move(value));
    }
    return fmt::format("@text{}", place - texts_.begin());
}

std::string Variables::reader(std::int64_t user_id) {
    reader_ = user_id;
    return "@reader";
}

std::string Variables::declaration() const {
    std::vector<std::string> declared;
    if (reader_) {
        declared.emplace_back("@reader BIGINT = ?");
    }
    for (std::size_t i = 0; i < texts_.size(); ++i) {
        declared.push_back(fmt::format("@text{} NVARCHAR(4000) = ?", i));
    }
    return declared.empty() ? "" : fmt::format("DECLARE {}; ", fmt::join(declared, ", "));
}

std::vector<db::Parameter> Variables::values() const {
    std::vector<db::Parameter> values;
    if (reader_) {
        values.emplace_back(*reader_);
    }
    std::ranges::transform(texts_, std::back_inserter(values),
                           [](const std::string& text) { return db::Parameter(std::string_view(text)); });
    return values;
}

std::string to_transact_sql(const Condition& condition, std::optional<std::int64_t> reader, Variables& variables) {
    return part_to_transact_sql(condition, {.reader = reader, .variables = variables});
}

// A plan that was made for a rare word is kept for all words (learn.microsoft.com, "Query hints", RECOMPILE).
TransactSqlSearch to_transact_sql(std::span<const Pass> passes, const Filter& filter, const FilterTexts& texts,
                                  db::Paging page) {
    TransactSqlSearch search;
    Statement looks;
    for (const Pass& pass : passes) {
        append_look(looks, pass, filter, texts, search.variables);
    }
    search.sql = fmt::format("{}{} OFFSET ? ROWS FETCH NEXT ? ROWS ONLY OPTION (RECOMPILE)",
                             search.variables.declaration(), best_passages(looks.sql, newest_documents_first));
    search.parameters = search.variables.values();
    std::ranges::copy(looks.parameters, std::back_inserter(search.parameters));
    search.parameters.insert(search.parameters.end(), {page.skip, page.limit});
    return search;
}

}  // namespace nassaq::search
