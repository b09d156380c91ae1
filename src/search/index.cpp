#include "search/index.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <utility>

#include "db/id_list.hpp"
#include "search/audiences.hpp"
#include "search/similar.hpp"
#include "search/vocabulary.hpp"

namespace nassaq::search {
namespace {

struct HitRow {
    std::int64_t passage_id = 0;
    std::int64_t doc_id = 0;
    std::int64_t user_id = 0;
    std::int64_t path_id = 0;
    std::int64_t page = 0;
    std::optional<std::string> language;
    std::string filename;
    std::string full_path;
    std::optional<std::string> own_text;
    std::optional<std::string> page_text;
};
BOOST_DESCRIBE_STRUCT(HitRow, (),
                      (passage_id, doc_id, user_id, path_id, page, language, filename, full_path, own_text, page_text))

std::string text_of(std::optional<std::string>& own_text, std::optional<std::string>& page_text) {
    return own_text ? std::move(*own_text) : std::move(page_text).value_or("");
}

/// The points of a score of 1 are all points there are.
double to_score(std::int64_t points, std::int64_t highest) {
    return std::round(static_cast<double>(points) / static_cast<double>(highest) * 10'000) / 10'000;
}

/// In one statement, however many there are.
std::map<std::int64_t, HitRow> find_rows(db::Session& session, const std::vector<FoundPassage>& found) {
    std::vector<std::int64_t> ids;
    std::ranges::transform(found, std::back_inserter(ids), &FoundPassage::passage_id);
    const db::IdList list(ids);
    auto rows = session.query_with<HitRow>(
        fmt::format("SELECT s.passage_id, s.doc_id, s.user_id, d.path_id, s.page, s.language, d.filename, v.full_path, "
                    "s.content, "
                    "t.content FROM Search_Pages s JOIN Documents d ON d.doc_id = s.doc_id "
                    "JOIN Virtual_Paths v ON v.path_id = d.path_id "
                    "LEFT JOIN Document_Text t ON t.doc_id = s.doc_id AND t.page = s.page AND s.content IS NULL "
                    "WHERE s.passage_id IN {}",
                    list.places),
        list.ids);
    std::map<std::int64_t, HitRow> by_id;
    for (HitRow& row : rows) {
        by_id.emplace(row.passage_id, std::move(row));
    }
    return by_id;
}

bool is_within(const HitRow& row, const Filter& filter) {
    return (!filter.user_id || row.user_id == *filter.user_id) &&
           (!filter.reach || filter.reach->includes(row.doc_id, row.user_id, row.path_id));
}

std::vector<Hit> read_hits(db::Session& session, const std::vector<FoundPassage>& found, std::int64_t highest,
                           const Filter& filter) {
    auto rows = find_rows(session, found);
    std::vector<Hit> hits;
    for (const FoundPassage& passage : found) {
        const auto place = rows.find(passage.passage_id);
        // Another transaction may have removed it since it was found, or moved it.
        if (place == rows.end() || !is_within(place->second, filter)) {
            continue;
        }
        HitRow& row = place->second;
        hits.push_back({.doc_id = row.doc_id,
                        .filename = std::move(row.filename),
                        .path = std::move(row.full_path),
                        .page = row.page,
                        .language = std::move(row.language),
                        .text = text_of(row.own_text, row.page_text),
                        .score = to_score(passage.points, highest)});
    }
    return hits;
}

/// Nothing when there is nothing at all to be found.
std::optional<Hits> find_just_as_asked(db::Session& session, const Query& query, const Filter& filter,
                                       db::Paging page) {
    const Tables& tables = tables_of(session.dialect());
    std::vector<Pass> passes = plan(query, tables.most_units());
    const std::int64_t highest = highest_score(passes);
    std::erase_if(passes, [](const Pass& pass) { return finds_nothing(pass.condition); });
    if (passes.empty()) {
        return std::nullopt;
    }
    auto found = tables.find(session, passes, filter, page);
    if (found.empty() && page.skip > 0) {
        // Behind the last one the rows do not say any more how many there are.
        found = tables.find(session, passes, filter, {.skip = 0, .limit = 1});
        return found.empty() ? std::nullopt : std::optional(Hits{.total = found.front().total, .query = query});
    }
    if (found.empty()) {
        return std::nullopt;
    }
    return Hits{.total = found.front().total, .items = read_hits(session, found, highest, filter), .query = query};
}

}  // namespace

Hits find(db::Session& session, Query query, Filter filter, db::Paging page) {
    if (filter.reach && !filter.user_id) {
        filter.audiences = audiences_to_search(session, *filter.reach);
    }
    if (filter.user_id) {
        expand_prefixes(session, query, *filter.user_id);
    }
    if (auto hits = find_just_as_asked(session, query, filter, page)) {
        return std::move(*hits);
    }
    if (const auto corrected = with_similar_words(session, query, filter)) {
        if (auto hits = find_just_as_asked(session, *corrected, filter, page)) {
            return std::move(*hits);
        }
    }
    return {.query = query};
}

}  // namespace nassaq::search
