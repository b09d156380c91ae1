#include "search/vocabulary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "db/dialect.hpp"
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

/// While the table is made anew, or is of before words were kept, it does not tell what there is not; nor does it while
/// a large document's words are being learnt, or when not all of them were.
bool is_complete(db::Session& session, std::int64_t user_id) {
    return !session.find<std::int64_t>("SELECT user_id FROM Search_Vocabulary WHERE user_id = 0").has_value() &&
           session
               .query_page<std::int64_t>("SELECT doc_id FROM Search_Large WHERE user_id = ? ORDER BY doc_id",
                                         {.limit = 1}, user_id)
               .empty();
}

/// Those of the words that the vocabulary has.
std::vector<std::string> known_words(db::Session& session, std::int64_t user_id,
                                     const std::vector<std::string>& words) {
    constexpr std::size_t words_of_a_query = 100;
    std::string sql = "SELECT word FROM Search_Vocabulary WHERE user_id = ? AND word IN (?";
    for (std::size_t i = 1; i < words_of_a_query; ++i) {
        sql += ", ?";
    }
    sql += ")";
    std::vector<std::string> known;
    for (std::size_t begin = 0; begin < words.size(); begin += words_of_a_query) {
        const std::size_t end = std::min(begin + words_of_a_query, words.size());
        std::vector<db::Parameter> parameters{user_id};
        parameters.insert(parameters.end(), words.begin() + static_cast<std::ptrdiff_t>(begin),
                          words.begin() + static_cast<std::ptrdiff_t>(end));
        parameters.resize(words_of_a_query + 1);  // With NULL, which no word is.
        std::ranges::move(session.query_with<std::string>(sql, parameters), std::back_inserter(known));
    }
    return known;
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

void learn(db::Session& transaction, std::int64_t user_id, std::span<const VocabularyWord> words) {
    const Tables& tables = tables_of(transaction.dialect());
    transaction.lock(lock_of(user_id), tables.learns_together() ? db::LockMode::shared : db::LockMode::exclusive);
    tables.add_words(transaction, user_id, words);
}

std::vector<VocabularyWord> find_gone_words(db::Session& session, std::int64_t user_id,
                                            const std::vector<std::string>& words) {
    const Tables& tables = tables_of(session.dialect());
    std::vector<VocabularyWord> gone;
    for (std::string& word : known_words(session, user_id, words)) {
        if (!is_anywhere(session, tables, user_id, word)) {
            gone.push_back(vocabulary_word(std::move(word)));
        }
    }
    return gone;
}

void forget(db::Session& transaction, std::int64_t user_id, std::span<const VocabularyWord> words) {
    const Tables& tables = tables_of(transaction.dialect());
    transaction.lock(lock_of(user_id));
    for (const VocabularyWord& word : words) {
        if (is_anywhere(transaction, tables, user_id, word.word)) {
            continue;
        }
        transaction.execute("DELETE FROM Search_Vocabulary WHERE user_id = ? AND word = ?", user_id, word.word);
        for (const std::string& trigram : word.trigrams) {
            transaction.execute("DELETE FROM Search_Trigrams WHERE trigram = ? AND user_id = ? AND word = ?", trigram,
                                user_id, word.word);
        }
    }
}

void expand_prefixes(db::Session& session, Query& query, std::int64_t user_id) {
    std::vector<Unit*> to_expand;
    for (auto* units : {&query.wanted, &query.excluded}) {
        for (Unit& unit : *units) {
            if (unit.kind == Unit::Kind::prefix) {
                to_expand.push_back(&unit);
            }
        }
    }
    if (to_expand.empty() || !is_complete(session, user_id)) {
        return;
    }
    const Tables& tables = tables_of(session.dialect());
    for (Unit* unit : to_expand) {
        const auto read = [&](std::string_view sign, Condition::Scope scope) {
            return read_words(session, user_id, sign, unit->words.front(), tables.most_words(scope) / to_expand.size());
        };
        unit->begun_words = read("", Condition::Scope::anywhere);
        unit->begun_words_in_names = read(name_sign, Condition::Scope::name);
    }
}

}  // namespace nassaq::search
