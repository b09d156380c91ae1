#include "documents/model.hpp"

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

}  // namespace nassaq::documents
