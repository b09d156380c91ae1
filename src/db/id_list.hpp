#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "db/driver.hpp"

namespace nassaq::db {

/// Ids for a condition `… IN (…)`. Their number is a power of two, so that there are few statements to prepare; the
/// last id fills up.
struct IdList {
    /// @param list  at least one.
    explicit IdList(std::span<const std::int64_t> list);

    std::string places;  ///< "(?, ?, …)"
    std::vector<Parameter> ids;
};

}  // namespace nassaq::db
