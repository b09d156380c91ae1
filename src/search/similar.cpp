#include "search/similar.hpp"

#include <fmt/format.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <span>
#include <utility>

#include "db/batches.hpp"
#include "db/id_list.hpp"
#include "search/passage.hpp"
#include "search/tables.hpp"

namespace nassaq::search {
namespace {

struct CandidateRow {
    std::string word;
    std::int64_t shared = 0;
};
BOOST_DESCRIBE_STRUCT(CandidateRow, (), (word, shared))

constexpr std::int64_t most_candidates_read = 300;
constexpr std::size_t most_alternatives = 5;
/// Of a longer word, these already tell enough.
constexpr std::size_t most_trigrams = 16;
constexpr std::int64_t documents_read = 1'000;
constexpr std::size_t most_ids_read = 64;
constexpr std::size_t most_users = 32;

std::u32string to_code_points(std::string_view text) {
    const auto utf16 =
        icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
    std::u32string points;
    for (std::int32_t i = 0; i < utf16.length(); i = utf16.moveIndex32(i, 1)) {
        points.push_back(static_cast<char32_t>(utf16.char32At(i)));
    }
    return points;
}

std::string to_utf8(std::u32string_view points) {
    std::string text;
    icu::UnicodeString::fromUTF32(reinterpret_cast<const UChar32*>(points.data()),
                                  static_cast<std::int32_t>(points.size()))
        .toUTF8String(text);
    return text;
}

std::size_t tolerated_distance(std::size_t length) {
    constexpr std::size_t long_word = 6;
    return length < long_word ? 1 : 2;
}

/// One edit spoils at most four trigrams, so that words near enough share the others.
std::int64_t least_shared(std::size_t trigrams, std::size_t edits) {
    const std::size_t spoilt = 4 * edits;
    return trigrams > spoilt + 1 ? static_cast<std::int64_t>(trigrams - spoilt) : 1;
}

/// A trigram of many users would be millions of rows, so that only the words of some are looked through.
void add_users(const std::vector<std::int64_t>& owners_of_documents, std::vector<std::int64_t>& users) {
    for (const std::int64_t user_id : owners_of_documents) {
        if (users.size() < most_users && std::ranges::find(users, user_id) == users.end()) {
            users.push_back(user_id);
        }
    }
}

std::vector<std::int64_t> owners_of_newest_documents(db::Session& session) {
    return session.query_page<std::int64_t>(
        "SELECT uploaded_by_user_id FROM Documents ORDER BY uploaded_at DESC, doc_id DESC", {.limit = documents_read});
}

/// @param key  the column of Documents that the ids are in
std::vector<std::int64_t> owners_of(db::Session& session, std::string_view key, std::span<const std::int64_t> ids) {
    if (ids.empty()) {
        return {};
    }
    const db::IdList list(ids.first(std::min(ids.size(), most_ids_read)));
    return session.query_page_with<std::int64_t>(
        fmt::format("SELECT uploaded_by_user_id FROM Documents WHERE {0} IN {1} ORDER BY {0}", key, list.places),
        {.limit = documents_read}, list.ids);
}

std::vector<std::int64_t> find_users(db::Session& session, const Filter& filter) {
    if (filter.user_id) {
        return {*filter.user_id};
    }
    std::vector<std::int64_t> users;
    if (!filter.reach) {
        add_users(owners_of_newest_documents(session), users);
        return users;
    }
    users.push_back(filter.reach->owner_id);
    add_users(owners_of(session, "path_id", filter.reach->folders), users);
    add_users(owners_of(session, "doc_id", filter.reach->documents), users);
    return users;
}

/// Whether a word that some user has is in a document that may be read.
bool is_reached(db::Session& session, const std::string& word, const Filter& filter) {
    const Pass pass{.condition = {.words = {word}, .parts = {}}, .weight = 1};
    const Filter everywhere{.user_id = filter.user_id, .reach = filter.reach, .audiences = filter.audiences};
    return !tables_of(session.dialect()).find(session, {&pass, 1}, everywhere, {.skip = 0, .limit = 1}).empty();
}

std::vector<std::string> read_candidates(db::Session& session, std::string_view word, std::size_t edits,
                                         std::span<const std::int64_t> user_ids) {
    std::vector<std::string> trigrams = trigrams_of(word);
    trigrams.resize(std::min(trigrams.size(), most_trigrams));
    const std::int64_t least = least_shared(trigrams.size(), edits);
    // Always as many parameters, so that the statement is one.
    trigrams.resize(most_trigrams);
    const db::IdList users(user_ids);
    std::vector<db::Parameter> parameters(trigrams.begin(), trigrams.end());
    parameters.insert(parameters.end(), users.ids.begin(), users.ids.end());
    parameters.emplace_back(least);
    std::vector<std::string> words;
    for (CandidateRow& row : session.query_page_with<CandidateRow>(
             fmt::format("SELECT word, COUNT(DISTINCT trigram) FROM Search_Trigrams WHERE trigram IN {} AND user_id IN "
                         "{} GROUP BY word HAVING COUNT(DISTINCT trigram) >= ? "
                         "ORDER BY COUNT(DISTINCT trigram) DESC, word",
                         db::value_rows(1, most_trigrams), users.places),
             {.limit = most_candidates_read}, parameters)) {
        words.push_back(std::move(row.word));
    }
    return words;
}

std::vector<std::string> find_similar(db::Session& session, const std::string& word,
                                      std::span<const std::int64_t> user_ids, const Filter& filter) {
    const std::u32string typed = to_code_points(word);
    if (typed.size() < shortest_correctable) {
        return {};
    }
    const std::size_t tolerated = tolerated_distance(typed.size());
    std::vector<std::pair<std::size_t, std::string>> ranked;
    for (std::string& candidate : read_candidates(session, word, tolerated, user_ids)) {
        const std::size_t distance = edit_distance(typed, to_code_points(candidate));
        if (distance > 0 && distance <= tolerated) {
            ranked.emplace_back(distance, std::move(candidate));
        }
    }
    std::ranges::stable_sort(ranked, {}, &std::pair<std::size_t, std::string>::first);
    std::vector<std::string> words;
    for (auto& [distance, candidate] : ranked) {
        if (words.size() == most_alternatives) {
            break;
        }
        if (!filter.reach || is_reached(session, candidate, filter)) {
            words.push_back(std::move(candidate));
        }
    }
    return words;
}

}  // namespace

std::vector<std::string> trigrams_of(std::string_view word) {
    const std::u32string letters = U"_" + to_code_points(word) + U"_";
    std::vector<std::string> trigrams;
    for (std::size_t i = 0; i + 3 <= letters.size(); ++i) {
        std::string trigram = to_utf8(std::u32string_view(letters).substr(i, 3));
        if (std::ranges::find(trigrams, trigram) == trigrams.end()) {
            trigrams.push_back(std::move(trigram));
        }
    }
    return trigrams;
}

std::size_t edit_distance(std::u32string_view left, std::u32string_view right) {
    // Three rows of the table are enough: this one, the one before, and the one before that for swapped neighbours.
    std::vector<std::size_t> before_last(right.size() + 1);
    std::vector<std::size_t> last(right.size() + 1);
    std::vector<std::size_t> row(right.size() + 1);
    for (std::size_t j = 0; j <= right.size(); ++j) {
        row[j] = j;
    }
    for (std::size_t i = 1; i <= left.size(); ++i) {
        std::swap(before_last, last);
        std::swap(last, row);
        row[0] = i;
        for (std::size_t j = 1; j <= right.size(); ++j) {
            const std::size_t replaced = last[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
            if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1]) {
                row[j] = std::min(row[j], before_last[j - 2] + 1);
            }
        }
    }
    return row[right.size()];
}

std::optional<Query> with_similar_words(db::Session& session, const Query& query, const Filter& filter) {
    Query corrected = query;
    bool found_any = false;
    const std::vector<std::int64_t> users = find_users(session, filter);
    if (users.empty()) {
        return std::nullopt;
    }
    for (Unit& unit : corrected.wanted) {
        if (unit.kind == Unit::Kind::word && unit.words.size() == 1) {
            unit.alternatives = find_similar(session, unit.words.front(), users, filter);
            found_any = found_any || !unit.alternatives.empty();
        }
    }
    return found_any ? std::optional(std::move(corrected)) : std::nullopt;
}

}  // namespace nassaq::search
