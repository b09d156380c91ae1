#include "documents/model.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "documents/search_model.hpp"
#include "documents/upload_model.hpp"
#include "paths/model.hpp"
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

std::optional<std::string> check_sha256(std::string& sha256) {
    constexpr std::size_t digits = 64;
    sha256 = text::to_lower(sha256);
    const bool is_hexadecimal = std::ranges::all_of(sha256, [](char digit) { return text::hex_value(digit) >= 0; });
    if (sha256.size() != digits || !is_hexadecimal) {
        return "A SHA-256 has 64 hexadecimal digits";
    }
    return std::nullopt;
}

}  // namespace nassaq::documents
