#include "documents/search.hpp"

#include <chrono>
#include <utility>

#include "documents/service.hpp"
#include "paths/model.hpp"
#include "search/index.hpp"
#include "search/query.hpp"
#include "search/snippet.hpp"

namespace nassaq::documents {
namespace {

/// The root holds everything, and is no filter.
std::optional<std::string> path_filter(const std::optional<std::string>& path) {
    return path && !path->empty() && *path != paths::root ? path : std::nullopt;
}

/// From the page, where there is something of the query on it; else it was the name that was found.
std::string snippet_of(const search::Hit& hit, const search::Query& query) {
    auto of_page = search::find_snippet(hit.text, query);
    return of_page ? std::move(*of_page) : search::make_snippet(hit.filename, query);
}

SearchHit to_answer(search::Hit&& hit, const search::Query& query) {
    std::string snippet = snippet_of(hit, query);
    return {.doc_id = hit.doc_id,
            .filename = std::move(hit.filename),
            .path = std::move(hit.path),
            .page = hit.page,
            .language = std::move(hit.language),
            .score = hit.score,
            .snippet = std::move(snippet)};
}

/// Where the client has gone nobody reads it.
std::unexpected<api::Refusal> refuse_as_too_long() {
    return api::refuse(RefusalCode::search_timeout, "The search took too long, please look for rarer words.",
                       std::chrono::seconds{5});
}

api::Result<search::Hits> find_or_refuse(db::Database& database, const std::stop_token& stop, const SearchQuery& query,
                                         const search::Filter& filter) {
    try {
        return database.read(stop, [&](db::Session& session) {
            return search::find(session, search::parse_query(query.q), filter,
                                {.skip = query.skip, .limit = query.limit});
        });
    } catch (const db::Error& error) {
        if (error.kind() != db::ErrorKind::stopped) {
            throw;
        }
        return refuse_as_too_long();
    }
}

}  // namespace

api::Result<SearchResponse> search_documents(Services& services, const api::Caller& caller, const std::stop_token& stop,
                                             const SearchQuery& query) {
    const auto owner = visible_owner(caller);
    if (owner && query.user_id && *query.user_id != *owner) {
        return SearchResponse();
    }
    const search::Filter filter{
        .user_id = owner ? owner : query.user_id, .path = path_filter(query.path), .language = query.language};
    auto hits = find_or_refuse(services.database, stop, query, filter);
    if (!hits) {
        return std::unexpected(hits.error());
    }
    SearchResponse answer{.total = hits->total};
    for (search::Hit& hit : hits->items) {
        if (stop.stop_requested()) {
            return refuse_as_too_long();
        }
        answer.items.push_back(to_answer(std::move(hit), hits->query));
    }
    return answer;
}

}  // namespace nassaq::documents
