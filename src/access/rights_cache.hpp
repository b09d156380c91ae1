#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "access/rights_store.hpp"

namespace nassaq::access {

/// The rights of those who have called lately, each for as long as the version in the database is that of which they
/// were read. Of this process alone. Safe to use from several threads.
class RightsCache {
public:
    /// @param most_people  whoever has called longest ago goes first.
    explicit RightsCache(std::size_t most_people = 4096) : most_people_(most_people) {}

    /// @param version  as it was read before, in a statement that is no later than those of `session`: what is read
    /// then is never older than it says.
    std::shared_ptr<const Rights> rights_of(db::Session& session, const Person& person, const Version& version);

private:
    struct Known {
        Version version;
        std::shared_ptr<const Rights> rights;
    };
    using People = std::list<Known>;

    std::shared_ptr<const Rights> find(const Person& person, const Version& version);
    void keep(const Known& known);

    const std::size_t most_people_;
    std::mutex mutex_;
    People people_;  ///< Whoever has called last stands first.
    std::unordered_map<std::int64_t, People::iterator> by_id_;
};

}  // namespace nassaq::access
