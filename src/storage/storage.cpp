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

std::string blob_name_in_url(std::string_view url) {
    const std::size_t scheme = url.find("://");
    if (scheme == std::string_view::npos) {
        return std::string(url);
    }
    std::string_view rest = url.substr(scheme + 3);
    rest = rest.substr(0, rest.find_first_of("?#"));
    const std::size_t host_end = rest.find('/');
    if (host_end == std::string_view::npos) {
        return {};
    }
    const std::size_t container_end = rest.find('/', host_end + 1);
    return container_end == std::string_view::npos ? std::string()
                                                   : text::percent_decode(rest.substr(container_end + 1));
}

}  // namespace nassaq::storage
