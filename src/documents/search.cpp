#include "documents/search.hpp"

#include <chrono>
#include <utility>

#include "access/rights_store.hpp"
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

/// Nothing where none of the documents that are asked for may be read.
std::optional<search::Filter> filter_of(db::Session& session, const api::Caller& caller, const SearchQuery& query) {
    auto reach = access::reach_of(session, *caller.rights);
    search::Filter filter{
        .user_id = query.user_id, .reach = {}, .path = path_filter(query.path), .language = query.language};
    switch (reach->kind) {
        case access::Reach::Kind::everything:
            return filter;
        case access::Reach::Kind::own:
            filter.user_id = caller.user_id;
            return !query.user_id || *query.user_id == caller.user_id ? std::optional(filter) : std::nullopt;
        case access::Reach::Kind::some:
            filter.reach = std::move(reach);
            return filter;
        case access::Reach::Kind::nothing:
            break;
    }
    return std::nullopt;
}

api::Result<search::Hits> find_or_refuse(db::Database& database, const std::stop_token& stop, const api::Caller& caller,
                                         const SearchQuery& query) {
    try {
        return database.read(stop, [&](db::Session& session) {
            const auto filter = filter_of(session, caller, query);
            return filter ? search::find(session, search::parse_query(query.q), *filter,
                                         {.skip = query.skip, .limit = query.limit})
                          : search::Hits();
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
    auto hits = find_or_refuse(services.database, stop, caller, query);
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
