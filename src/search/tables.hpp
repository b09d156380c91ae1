#pragma once

#include <boost/json/value.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "search/index.hpp"

/// What the databases' tables have in common. The names of the terms that PostgreSQL and SQL Server keep in one list
/// begin with signs, which no word has.
namespace nassaq::search {

inline constexpr std::string_view stem_sign = "~";

const Tables& sqlite_tables();
const Tables& postgres_tables();
const Tables& mssql_tables();

/// What the column `language` says of a passage.
std::optional<std::string_view> language_of(const Passage& passage);
/// The text that the index has to keep of a passage; nothing where Document_Text has it.
std::optional<std::string_view> text_to_keep(const Subject& subject, const Passage& passage);
/// For rows that a server is given as one text; null where there is nothing.
boost::json::value to_json(std::optional<std::string_view> text);

/// To be bound. Borrows the text.
db::Parameter or_null(const std::optional<std::string_view>& text);

/// SQL and what is bound to it, growing together. Borrows texts.
struct Statement {
    std::string sql;
    std::vector<db::Parameter> parameters;
};

/// What is made of a filter once for all looks, which have views of it.
struct FilterTexts {
    FilterTexts(const Filter& filter, db::Dialect dialect);
    std::string first_below_path;
    std::string behind_path;
    access::ReadableCondition readable;  ///< Of `d`, a row of Documents. Empty where the filter has no reach.
};

/// Adds " AND …" for the path, the language and, unless audiences are looked at, the reach of a filter, on `s`, a row
/// of Search_Pages.
void append_filter(Statement& statement, const Filter& filter, const FilterTexts& texts, db::Dialect dialect);

/// The parts of a condition as `write` writes each, between parentheses, with the operation between them.
template <class Write>
std::string join_parts(std::span<const Condition> parts, std::string_view operation, Write write) {
    std::string text;
    for (const Condition& part : parts) {
        text += text.empty() ? "(" : operation;
        text += write(part);
    }
    return text + ")";
}

/// Begins one more look of a search: what they find is put together.
void begin_look(Statement& looks);

/// How the rows of looks are told apart and sorted.
struct PassageOrder {
    std::string_view key;
    std::string_view order;
};
/// Where a look gives the passage's document, page and part, too.
inline constexpr PassageOrder newest_documents_first{.key = "passage_id, doc_id, page, part",
                                                     .order = "doc_id DESC, page, part"};
/// What reads the FoundPassages of all looks: each passage once, with the sum of its weights, the best first.
std::string best_passages(std::string_view looks, PassageOrder order);

/// How a leaf's words, or their stem, are called in a list of terms.
std::string term_of(const Condition& leaf, std::string_view word);

}  // namespace nassaq::search
