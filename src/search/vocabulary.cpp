#include "search/vocabulary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "db/dialect.hpp"
#include "search/tables.hpp"

namespace nassaq::search {
namespace {

std::string lock_name(std::int64_t user_id) {
    return fmt::format("search words of user {}", user_id);
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

db::Lock lock_of_learning(db::Dialect dialect, std::int64_t user_id) {
    return {.name = lock_name(user_id),
            .mode = tables_of(dialect).learns_together() ? db::LockMode::shared : db::LockMode::exclusive};
}

void learn(db::Session& transaction, std::int64_t user_id, std::span<const VocabularyWord> words) {
    transaction.lock({lock_of_learning(transaction.dialect(), user_id)});
    tables_of(transaction.dialect()).add_words(transaction, user_id, words);
}

std::vector<std::string> find_gone_words(db::Session& session, std::int64_t user_id,
                                         std::span<const std::string> words) {
    return tables_of(session.dialect()).find_gone_words(session, user_id, words);
}

void forget(db::Session& transaction, std::int64_t user_id, std::span<const std::string> words) {
    const Tables& tables = tables_of(transaction.dialect());
    transaction.lock(lock_name(user_id));
    std::vector<VocabularyWord> gone;
    std::ranges::transform(tables.find_gone_words(transaction, user_id, words), std::back_inserter(gone),
                           vocabulary_word);
    if (!gone.empty()) {
        tables.remove_words(transaction, user_id, gone);
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
        unit->is_in_vocabulary = true;
        unit->begun_words = read("", Condition::Scope::anywhere);
        unit->begun_words_in_names = read(name_sign, Condition::Scope::name);
    }
}

}  // namespace nassaq::search
