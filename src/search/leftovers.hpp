#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "db/database.hpp"

namespace nassaq::search {

/// Forgets the words that have gone with pages and names (Search_Leftovers) and that no other document of the user has.
/// A row goes when all of its words have been looked at, so nothing is left by a death in between; several processes
/// may do it at once. No request waits for it.
class Leftovers {
public:
    static constexpr std::chrono::seconds interval{2};

    explicit Leftovers(db::Database& database) : database_(database) {}

    /// Looks at what is there, until `stop` is requested. @return how many rows are done. @throws db::Error
    std::size_t step(const std::stop_token& stop = {});

private:
    void forget_gone(std::int64_t user_id, const std::vector<std::string>& words, const std::stop_token& stop);

    db::Database& database_;
};

}  // namespace nassaq::search
