#include "search/leftovers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/describe.hpp>
#include <iterator>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "db/id_list.hpp"
#include "search/passage.hpp"
#include "search/tables.hpp"
#include "search/vocabulary.hpp"

namespace nassaq::search {
namespace {

/// Together, since the pages of a document have many words in common.
constexpr std::int64_t rows_at_a_time = 64;
/// In one transaction: some milliseconds.
constexpr std::size_t words_forgotten_at_once = 50;

struct LeftoverRow {
    std::int64_t leftover_id = 0;
    std::int64_t user_id = 0;
    std::string words;
};
BOOST_DESCRIBE_STRUCT(LeftoverRow, (), (leftover_id, user_id, words))

/// As they stand in the vocabulary; the list may be one of terms, with stems and an owner among them.
void add_words_in(std::string_view list, std::set<std::string>& words) {
    constexpr std::string_view signs = "~=|";
    for (std::string_view term : split_words(list)) {
        if (term.starts_with(name_sign)) {
            term.remove_prefix(name_sign.size());
        }
        if (!term.empty() && signs.find(term.front()) == std::string_view::npos) {
            words.emplace(term);
            words.insert(std::string(name_sign).append(term));
        }
    }
}

/// Those and no others: one with a lower id may have come later.
void remove_rows(db::Database& database, const std::vector<LeftoverRow>& rows) {
    std::vector<std::int64_t> ids;
    std::ranges::transform(rows, std::back_inserter(ids), &LeftoverRow::leftover_id);
    const db::IdList list(ids);
    database.execute_with(fmt::format("DELETE FROM Search_Leftovers WHERE leftover_id IN {}", list.places), list.ids);
}

}  // namespace

std::size_t Leftovers::step(const std::stop_token& stop) {
    const auto rows = database_.read([](db::Session& session) {
        return session.query_page<LeftoverRow>(
            "SELECT leftover_id, user_id, words FROM Search_Leftovers ORDER BY leftover_id", {.limit = rows_at_a_time});
    });
    if (rows.empty()) {
        return 0;
    }
    std::map<std::int64_t, std::set<std::string>> words;
    for (const LeftoverRow& row : rows) {
        add_words_in(row.words, words[row.user_id]);
    }
    for (const auto& [user_id, of_user] : words) {
        forget_gone(user_id, {of_user.begin(), of_user.end()}, stop);
    }
    if (stop.stop_requested()) {
        return 0;  // Some of the words may be there still; looking at the others again does no harm.
    }
    remove_rows(database_, rows);
    return rows.size();
}

void Leftovers::forget_gone(std::int64_t user_id, const std::vector<std::string>& words, const std::stop_token& stop) {
    if (stop.stop_requested()) {
        return;
    }
    const auto gone = database_.read([&](db::Session& session) { return find_gone_words(session, user_id, words); });
    std::span<const std::string> rest(gone);
    while (!rest.empty() && !stop.stop_requested()) {
        const auto some = rest.first(std::min(words_forgotten_at_once, rest.size()));
        database_.transaction([&](db::Session& session) { forget(session, user_id, some); });
        rest = rest.subspan(some.size());
    }
}

}  // namespace nassaq::search
