#include "search/index.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "search/similar.hpp"

namespace nassaq::search {
namespace {

struct PassageRow {
    std::int64_t passage_id = 0;
    std::int64_t user_id = 0;
    std::int64_t page = 0;
    std::int64_t part = 0;
    std::int64_t has_text = 0;
    std::optional<std::string> language;
    std::optional<std::string> own_text;
    std::optional<std::string> page_text;
    std::string filename;
};
BOOST_DESCRIBE_STRUCT(PassageRow, (),
                      (passage_id, user_id, page, part, has_text, language, own_text, page_text, filename))

struct TextRow {
    std::int64_t user_id = 0;
    std::string filename;
    std::optional<std::string> own_text;
    std::optional<std::string> page_text;
};
BOOST_DESCRIBE_STRUCT(TextRow, (), (user_id, filename, own_text, page_text))

/// Of a document with more words the others stay until all is indexed anew: deleting must not take long.
constexpr std::size_t most_words_forgotten = 2000;

struct HitRow {
    std::int64_t doc_id = 0;
    std::int64_t user_id = 0;
    std::int64_t page = 0;
    std::optional<std::string> language;
    std::string filename;
    std::string full_path;
    std::optional<std::string> own_text;
    std::optional<std::string> page_text;
};
BOOST_DESCRIBE_STRUCT(HitRow, (), (doc_id, user_id, page, language, filename, full_path, own_text, page_text))

std::string text_of(std::optional<std::string>& own_text, std::optional<std::string>& page_text) {
    return own_text ? std::move(*own_text) : std::move(page_text).value_or("");
}

/// The points of a score of 1 are all points there are.
double to_score(std::int64_t points, std::int64_t highest) {
    return std::round(static_cast<double>(points) / static_cast<double>(highest) * 10'000) / 10'000;
}

std::vector<Hit> read_hits(db::Session& session, const std::vector<FoundPassage>& found, std::int64_t highest,
                           const Filter& filter) {
    std::vector<Hit> hits;
    for (const FoundPassage& passage : found) {
        auto row = session.find<HitRow>(
            "SELECT s.doc_id, s.user_id, s.page, s.language, d.filename, v.full_path, s.content, t.content "
            "FROM Search_Pages s JOIN Documents d ON d.doc_id = s.doc_id "
            "JOIN Virtual_Paths v ON v.path_id = d.path_id "
            "LEFT JOIN Document_Text t ON t.doc_id = s.doc_id AND t.page = s.page WHERE s.passage_id = ?",
            passage.passage_id);
        // Another transaction may have removed it since it was found.
        if (!row || (filter.user_id && row->user_id != *filter.user_id)) {
            continue;
        }
        hits.push_back({.doc_id = row->doc_id,
                        .filename = std::move(row->filename),
                        .path = std::move(row->full_path),
                        .page = row->page,
                        .language = std::move(row->language),
                        .text = text_of(row->own_text, row->page_text),
                        .score = to_score(passage.points, highest)});
    }
    return hits;
}

/// Nothing when there is nothing at all to be found.
std::optional<Hits> find_just_as_asked(db::Session& session, const Query& query, const Filter& filter,
                                       db::Paging page) {
    const Tables& tables = tables_of(session.dialect());
    const std::vector<Pass> passes = plan(query);
    auto found = tables.find(session, passes, filter, page);
    if (found.empty() && page.skip > 0) {
        // Behind the last one the rows do not say any more how many there are.
        found = tables.find(session, passes, filter, {.skip = 0, .limit = 1});
        return found.empty() ? std::nullopt : std::optional(Hits{.total = found.front().total, .query = query});
    }
    if (found.empty()) {
        return std::nullopt;
    }
    return Hits{.total = found.front().total,
                .items = read_hits(session, found, highest_score(passes), filter),
                .query = query};
}

/// The words of a document, and whose it is.
std::pair<std::int64_t, std::vector<std::string>> read_words(db::Session& session, std::int64_t doc_id) {
    std::int64_t user_id = 0;
    NameWords name;
    std::vector<ocr::Page> pages;
    session.visit<TextRow>(
        "SELECT s.user_id, d.filename, s.content, t.content FROM Search_Pages s "
        "JOIN Documents d ON d.doc_id = s.doc_id "
        "LEFT JOIN Document_Text t ON t.doc_id = s.doc_id AND t.page = s.page WHERE s.doc_id = ?",
        [&](TextRow row) {
            user_id = row.user_id;
            name = name_words(row.filename);
            pages.push_back({.text = text_of(row.own_text, row.page_text)});
        },
        doc_id);
    return {user_id, learnable_words(cut_into_passages(pages), name)};
}

bool is_anywhere(db::Session& session, const Tables& tables, std::int64_t user_id, const std::string& word) {
    const Pass look{.condition = {.words = {word}}, .weight = 1};
    return !tables.find(session, {look}, {.user_id = user_id}, {.skip = 0, .limit = 1}).empty();
}

void insert(db::Session& transaction, const Subject& subject, const std::vector<Passage>& passages) {
    const Tables& tables = tables_of(transaction.dialect());
    tables.insert(transaction, subject, passages);
    tables.learn(transaction, subject.user_id, learnable_words(passages, name_words(subject.filename)));
}

}  // namespace

void index_document(db::Session& transaction, const Subject& subject, const std::vector<Passage>& passages) {
    transaction.execute("DELETE FROM Search_Pages WHERE doc_id = ?", subject.doc_id);
    insert(transaction, subject, passages);
}

void index_name(db::Session& transaction, std::int64_t doc_id, std::int64_t user_id, std::string_view filename) {
    insert(transaction, {.doc_id = doc_id, .user_id = user_id, .filename = std::string(filename)}, {Passage()});
}

void index_new_name(db::Session& transaction, std::int64_t doc_id) {
    auto first = transaction.query_page<PassageRow>(
        "SELECT s.passage_id, s.user_id, s.page, s.part, s.has_text, s.language, s.content, t.content, d.filename "
        "FROM Search_Pages s JOIN Documents d ON d.doc_id = s.doc_id "
        "LEFT JOIN Document_Text t ON t.doc_id = s.doc_id AND t.page = s.page WHERE s.doc_id = ? "
        "ORDER BY s.page, s.part",
        {.limit = 1}, doc_id);
    if (first.empty()) {
        return;  // Not indexed yet; when it is, then by its new name.
    }
    PassageRow& row = first.front();
    const bool is_in_database = !row.own_text;
    const std::vector<ocr::Page> pages{{.number = row.page,
                                        .text = row.has_text != 0 ? text_of(row.own_text, row.page_text) : "",
                                        .language = row.language.value_or("")}};
    auto passages = cut_into_passages(pages);
    passages.resize(1);
    passages.front().part = row.part;
    transaction.execute("DELETE FROM Search_Pages WHERE passage_id = ?", row.passage_id);
    insert(transaction,
           {.doc_id = doc_id,
            .user_id = row.user_id,
            .filename = std::move(row.filename),
            .has_text = row.has_text != 0,
            .text_is_in_database = is_in_database},
           passages);
}

void remove_document(db::Session& transaction, std::int64_t doc_id) {
    const Tables& tables = tables_of(transaction.dialect());
    auto [user_id, words] = read_words(transaction, doc_id);
    transaction.execute("DELETE FROM Search_Pages WHERE doc_id = ?", doc_id);
    words.resize(std::min(words.size(), most_words_forgotten));
    for (const std::string& word : words) {
        if (is_anywhere(transaction, tables, user_id, word)) {
            continue;
        }
        for (const std::string& trigram : trigrams_of(word)) {
            transaction.execute("DELETE FROM Search_Trigrams WHERE trigram = ? AND user_id = ? AND word = ?", trigram,
                                user_id, word);
        }
    }
}

bool has_text_in_database(db::Session& session, std::int64_t doc_id, std::string_view text_id) {
    return session
        .find<std::int64_t>(
            "SELECT MIN(page) FROM Document_Text WHERE doc_id = ? AND text_id = ? "
            "HAVING COUNT(*) > 0",
            doc_id, text_id)
        .has_value();
}

Hits find(db::Session& session, const Query& query, const Filter& filter, db::Paging page) {
    if (auto hits = find_just_as_asked(session, query, filter, page)) {
        return std::move(*hits);
    }
    if (const auto corrected = with_similar_words(session, query, filter.user_id)) {
        if (auto hits = find_just_as_asked(session, *corrected, filter, page)) {
            return std::move(*hits);
        }
    }
    return {.query = query};
}

}  // namespace nassaq::search
