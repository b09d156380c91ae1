#include "paths/model.hpp"

#include <algorithm>

namespace nassaq::paths {

std::int64_t depth_of(std::string_view path) {
    return path == root ? 0 : 1 + std::ranges::count(path, '/');
}

}  // namespace nassaq::paths
