#pragma once

#include <chrono>
#include <cstdint>
#include <stop_token>

#include "db/database.hpp"
#include "db/shared_look.hpp"
#include "files/place_finder.hpp"

namespace nassaq::files {

/// Takes in documents that have no row in Document_Files: those of before the upgrade, and those that nodes of the
/// version before, or a server of the Python platform, go on inserting. Goes by the ids, some at a time, while others
/// work; may be stopped, or killed, at any time, and goes on where a node has come to. One thread. @throws db::Error,
/// and what the storage and the text store throw
class TakeOver {
public:
    static constexpr std::chrono::minutes interval{1};

    TakeOver(db::Database& database, PlaceFinder& finder);

    /// All that there are, when it is time and no other node is at it: to be called every minute.
    void step(const std::stop_token& stop);
    /// All that there are, from the first on, until `stop` is requested: for `nassaq migrate --finish`.
    /// @return how many were taken in.
    std::int64_t run(const std::stop_token& stop);

private:
    std::int64_t take_in_range(std::int64_t behind, std::int64_t last, const std::stop_token& stop);
    void look_through(std::int64_t behind, const std::stop_token& stop);

    db::Database& database_;
    PlaceFinder& finder_;
    db::SharedLook look_;
    std::int64_t position_ = 0;
};

/// How far that is: of all documents, up to the id `last`, those up to `taken_in` have all been taken in.
struct TakeOverProgress {
    std::int64_t taken_in = 0;
    std::int64_t last = 0;
};
/// From where the nodes' own look has come to, so that it reads few documents however many there are.
TakeOverProgress take_over_progress(db::Session& session);

}  // namespace nassaq::files
