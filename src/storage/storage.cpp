#include "storage/storage.hpp"

#include <algorithm>
#include <stdexcept>

#include "base/text.hpp"

namespace nassaq::storage {

bool is_blob_name(std::string_view name) {
    if (name.find('\0') != std::string_view::npos) {
        return false;
    }
    for (std::size_t begin = 0; begin <= name.size();) {
        const std::size_t end = std::min(name.find('/', begin), name.size());
        const std::string_view segment = name.substr(begin, end - begin);
        if (segment.empty() || segment == "." || segment == "..") {
            return false;
        }
        begin = end + 1;
    }
    return true;
}

void require_blob_name(std::string_view name) {
    if (!is_blob_name(name)) {
        throw std::invalid_argument("the name of a blob holds a NUL, or has an empty, '.' or '..' segment");
    }
}

std::vector<BlobProperties> Storage::find(std::string_view query, std::string_view prefix) {
    const std::string wanted = text::fold_case(query);
    std::vector<BlobProperties> found;
    list(prefix, [&](const BlobProperties& blob) {
        const std::string_view name = blob.name;
        const std::string_view last_segment = name.substr(name.rfind('/') + 1);
        if (text::fold_case(last_segment).find(wanted) != std::string::npos) {
            found.push_back(blob);
        }
        return true;
    });
    return found;
}

}  // namespace nassaq::storage
