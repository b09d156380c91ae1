#include "db/id_list.hpp"

#include <bit>

#include "db/batches.hpp"

namespace nassaq::db {

IdList::IdList(std::span<const std::int64_t> list) : ids(list.begin(), list.end()) {
    ids.resize(std::bit_ceil(list.size()), list.back());
    places = value_rows(1, ids.size());
}

}  // namespace nassaq::db
