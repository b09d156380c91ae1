#include "db/id_list.hpp"

#include <algorithm>
#include <array>

namespace nassaq::db {

IdList::IdList(std::span<const std::int64_t> list) : places("?"), ids(list.begin(), list.end()) {
    constexpr std::array<std::size_t, 3> lengths{1, 20, 100};
    const auto* const fitting = std::ranges::lower_bound(lengths, list.size());
    ids.resize(fitting == lengths.end() ? list.size() : *fitting, list.back());
    for (std::size_t i = 1; i < ids.size(); ++i) {
        places += ", ?";
    }
}

}  // namespace nassaq::db
