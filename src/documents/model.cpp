#include "documents/model.hpp"

#include "search/query.hpp"

namespace nassaq::documents {

std::optional<std::string> tidy_upload_path(std::string& path) {
    if (path.empty()) {
        return std::nullopt;
    }
    if (auto fault = paths::tidy_path(path)) {
        return fault;
    }
    if (path == paths::root) {
        path.clear();
    }
    return std::nullopt;
}

std::optional<std::string> check_search_query(std::string& query) {
    if (search::parse_query(query).has_nothing_to_search()) {
        return "The query has nothing to search for: it needs a word that is not excluded";
    }
    return std::nullopt;
}

}  // namespace nassaq::documents
