#include "search/tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "db/dialect.hpp"

namespace nassaq::search {

const Tables& tables_of(db::Dialect dialect) {
    switch (dialect) {
        case db::Dialect::postgres:
            return postgres_tables();
        case db::Dialect::mssql:
            return mssql_tables();
        case db::Dialect::sqlite:
            break;
    }
    return sqlite_tables();
}

std::optional<std::string_view> language_of(const Passage& passage) {
    return passage.language.empty() ? std::nullopt : std::optional(passage.language);
}

std::optional<std::string_view> text_to_keep(const Subject& subject, const Passage& passage) {
    const bool is_elsewhere = subject.text_is_in_database && passage.is_whole_page;
    return is_elsewhere ? std::nullopt : std::optional(passage.text);
}

boost::json::value to_json(std::optional<std::string_view> text) {
    return text ? boost::json::value(*text) : boost::json::value();
}

db::Parameter or_null(const std::optional<std::string_view>& text) {
    return text ? db::Parameter(*text) : db::Parameter();
}

// '0' is the character after '/'.
FilterTexts::FilterTexts(const Filter& filter, db::Dialect dialect)
    : first_below_path(filter.path ? *filter.path + "/" : std::string()),
      behind_path(filter.path ? *filter.path + "0" : std::string()),
      readable(filter.reach ? access::readable_by(*filter.reach, dialect, "d") : access::ReadableCondition()) {}

void append_filter(Statement& statement, const Filter& filter, const FilterTexts& texts, db::Dialect dialect) {
    if (filter.language) {
        statement.sql += " AND s.language = ?";
        statement.parameters.emplace_back(*filter.language);
    }
    const bool is_within_reach = !filter.reach || filter.audiences;
    if (!filter.path && is_within_reach) {
        return;
    }
    statement.sql +=
        " AND EXISTS (SELECT 1 FROM Documents d JOIN Virtual_Paths v ON v.path_id = d.path_id "
        "WHERE d.doc_id = s.doc_id";
    if (filter.path) {
        statement.sql += fmt::format(" AND (v.full_path = ? OR ({0} >= ? AND {0} < ?))",
                                     db::in_code_point_order(dialect, "v.full_path"));
        statement.parameters.emplace_back(*filter.path);
        statement.parameters.emplace_back(std::string_view(texts.first_below_path));
        statement.parameters.emplace_back(std::string_view(texts.behind_path));
    }
    if (!is_within_reach) {
        statement.sql += " AND " + texts.readable.sql;
        std::ranges::copy(texts.readable.values, std::back_inserter(statement.parameters));
    }
    statement.sql += ")";
}

void begin_look(Statement& looks) {
    looks.sql += looks.sql.empty() ? "" : " UNION ALL ";
}

std::string best_passages(std::string_view looks, PassageOrder order) {
    return fmt::format(
        "SELECT passage_id, SUM(weight), COUNT(*) OVER () FROM ({}) AS found "
        "GROUP BY {} ORDER BY SUM(weight) DESC, {}",
        looks, order.key, order.order);
}

std::string term_of(const Condition& leaf, std::string_view word) {
    return fmt::format("{}{}{}", leaf.scope == Condition::Scope::name ? name_sign : "",
                       leaf.form == Condition::Form::stem ? stem_sign : "", word);
}

}  // namespace nassaq::search
