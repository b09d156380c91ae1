#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "db/database.hpp"

namespace nassaq::db {

/// A look through a table by its ids that one node makes for all, now and then, and another goes on with where that one
/// has stopped or died. A row of Daily_Looks. For one thread at a time. @throws Error
class SharedLook {
public:
    /// @param lease  A node that has noted nothing for so long has died.
    SharedLook(Database& database, std::string name, std::chrono::minutes lease)
        : database_(database), name_(std::move(name)), lease_(lease) {}

    /// How far the look of that name has come, or behind which id the next one begins.
    [[nodiscard]] static std::int64_t position(Session& session, std::string_view name);

    /// @return behind which id to go on; nothing when it is not time, or another node is at it.
    std::optional<std::int64_t> take();
    /// To be called in less than a lease. @return false when another node has taken this one for dead, and is done.
    bool note(std::int64_t last_id);
    /// For another, or a later, try. What cannot be written is over with the lease.
    void give_up(std::int64_t last_id) noexcept;
    /// @param next_after  behind which id the next one begins
    void end(Timestamp next, std::int64_t next_after);

private:
    Database& database_;
    std::string name_;
    std::chrono::minutes lease_;
};

}  // namespace nassaq::db
