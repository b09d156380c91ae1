#include "storage/storage.hpp"

#include <algorithm>
#include <stdexcept>

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

}  // namespace nassaq::storage
