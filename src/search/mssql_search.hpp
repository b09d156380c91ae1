#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "search/index.hpp"
#include "search/tables.hpp"

/// What SQL Server is asked for a search.
namespace nassaq::search {

/// The variables of a batch. What is looked for comes in once, however many of its looks name it.
class Variables {
public:
    /// @param value  at most 4,000 UTF-16 units. @return the name of the variable that has it.
    std::string text(std::string value);
    /// @return the name of the one that has whose documents are searched.
    std::string reader(std::int64_t user_id);

    /// Empty where there are none.
    [[nodiscard]] std::string declaration() const;
    /// In its order. Views of what is here.
    [[nodiscard]] std::vector<db::Parameter> values() const;

private:
    std::optional<std::int64_t> reader_;
    std::vector<std::string> texts_;
};

/// A condition on `s`, a row of Search_Pages, as T-SQL.
/// @param reader  whose documents are searched; nothing: everybody's.
std::string to_transact_sql(const Condition& condition, std::optional<std::int64_t> reader, Variables& variables);

/// So many units are looked for: each is a look of its own and a part of others, and a statement of very many takes SQL
/// Server seconds to compile.
inline constexpr std::size_t most_units_of_mssql = 6;

/// The whole query for a page of the best passages.
struct TransactSqlSearch {
    std::string sql;
    std::vector<db::Parameter> parameters;
    Variables variables;  ///< That the parameters have views of.
};
TransactSqlSearch to_transact_sql(std::span<const Pass> passes, const Filter& filter, const FilterTexts& texts,
                                  db::Paging page);

}  // namespace nassaq::search
