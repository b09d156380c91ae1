#pragma once

#include <deque>
#include <set>
#include <string>
#include <vector>

#include "search/index.hpp"
#include "search/tables.hpp"

namespace nassaq::search {

/// A condition on `s`, a row of Search_Pages, as T-SQL; the texts that are bound in it go to `texts`, in order.
std::string to_transact_sql(const Condition& condition, std::vector<std::string>& texts);

/// What a passage is found by.
std::set<std::string> terms_of(const NameWords& name, const Passage& passage);

/// The whole query for the best passages, without its paging.
struct TransactSqlSearch {
    Statement statement;
    std::deque<std::string> texts;  ///< That the parameters have views of.
};
TransactSqlSearch to_transact_sql(const std::vector<Pass>& passes, const Filter& filter, const PathRange& path);

}  // namespace nassaq::search
