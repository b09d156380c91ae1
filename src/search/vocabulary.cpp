#include "search/vocabulary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "db/dialect.hpp"
#include "search/similar.hpp"
#include "search/tables.hpp"

namespace nassaq::search {
namespace {

std::string lock_of(std::int64_t user_id) {
    return fmt::format("search words of user {}", user_id);
}

bool is_anywhere(db::Session& session, const Tables& tables, std::int64_t user_id, std::string_view word) {
    const bool is_of_name = word.starts_with(name_sign);
    Condition condition{.scope = is_of_name ? Condition::Scope::name : Condition::Scope::anywhere};
    condition.words.emplace_back(is_of_name ? word.substr(name_sign.size()) : word);
    return !tables.find(session, {{.condition = condition, .weight = 1}}, {.user_id = user_id}, {.skip = 0, .limit = 1})
                .empty();
}

/// While the table is made anew, or is of before words were kept, it does not tell what there is not.
bool is_complete(db::Session& session) {
    return !session.find<std::int64_t>("SELECT user_id FROM Search_Vocabulary WHERE user_id = 0").has_value();
}

/// Nothing when there are more than so many.
std::optional<std::vector<std::string>> read_words(db::Session& session, std::int64_t user_id, std::string_view sign,
                                                   const std::string& prefix, std::size_t most) {
    const std::string first = fmt::format("{}{}", sign, prefix);
    const std::string last = first + std::string(db::last_character(session.dialect()));
    auto words = session.query_page<std::string>(
        "SELECT word FROM Search_Vocabulary WHERE user_id = ? AND word >= ? AND word < ? ORDER BY word",
        {.limit = static_cast<std::int64_t>(most) + 1}, user_id, first, last);
    if (words.size() > most) {
        return std::nullopt;
    }
    for (std::string& word : words) {
        word.erase(0, sign.size());
    }
    return words;
}

}  // namespace

void learn(db::Session& transaction, std::int64_t user_id, const std::vector<std::string>& words) {
    const Tables& tables = tables_of(transaction.dialect());
    transaction.lock(lock_of(user_id), tables.learns_together() ? db::LockMode::shared : db::LockMode::exclusive);
    std::vector<std::string> new_words = tables.add_words(transaction, user_id, words);
    std::erase_if(new_words, [](const std::string& word) { return !is_correctable(word); });
    tables.add_trigrams(transaction, user_id, new_words);
}

/// Most words are elsewhere still, which needs no lock to be seen; the others are looked for once more under it.
void forget(db::Session& transaction, std::int64_t user_id, const std::vector<std::string>& words) {
    const Tables& tables = tables_of(transaction.dialect());
    std::vector<std::string> gone = words;
    const auto keep_what_is_gone = [&] {
        std::erase_if(gone, [&](const std::string& word) { return is_anywhere(transaction, tables, user_id, word); });
    };
    keep_what_is_gone();
    if (gone.empty()) {
        return;
    }
    transaction.lock(lock_of(user_id));
    keep_what_is_gone();
    for (const std::string& word : gone) {
        transaction.execute("DELETE FROM Search_Vocabulary WHERE user_id = ? AND word = ?", user_id, word);
        if (!is_correctable(word)) {
            continue;
        }
        for (const std::string& trigram : trigrams_of(word)) {
            transaction.execute("DELETE FROM Search_Trigrams WHERE trigram = ? AND user_id = ? AND word = ?", trigram,
                                user_id, word);
        }
    }
}

void expand_prefixes(db::Session& session, Query& query, std::int64_t user_id) {
    std::vector<Unit*> prefixes;
    for (auto* units : {&query.wanted, &query.excluded}) {
        for (Unit& unit : *units) {
            if (unit.kind == Unit::Kind::prefix) {
                prefixes.push_back(&unit);
            }
        }
    }
    if (prefixes.empty() || !is_complete(session)) {
        return;
    }
    const Tables& tables = tables_of(session.dialect());
    for (Unit* unit : prefixes) {
        const auto read = [&](std::string_view sign, Condition::Scope scope) {
            return read_words(session, user_id, sign, unit->words.front(), tables.most_words(scope) / prefixes.size());
        };
        unit->begun_words = read("", Condition::Scope::anywhere);
        unit->begun_words_in_names = read(name_sign, Condition::Scope::name);
    }
}

}  // namespace nassaq::search
