#include "db/shared_look.hpp"

#include <exception>
#include <string_view>

#include "base/log.hpp"
#include "db/dialect.hpp"

namespace nassaq::db {
namespace {

/// That it is time, and no node is at it: its values are the name and three times the time, the last one's with two
/// leases more, since a lease that ends later was taken by a clock that was ahead.
constexpr std::string_view look_is_due =
    "name = ? AND due_at <= ? AND (claimed_until IS NULL OR claimed_until < ? OR claimed_until > ?)";

}  // namespace

std::int64_t SharedLook::position(Session& session, std::string_view name) {
    return session.get<std::int64_t>("SELECT last_id FROM Daily_Looks WHERE name = ?", name);
}

/// Looks before it writes: it is seldom time.
std::optional<std::int64_t> SharedLook::take() {
    const Timestamp time = now();
    const bool is_due = database_.read([&](Session& session) {
        return session
            .find<std::int64_t>(std::string("SELECT last_id FROM Daily_Looks WHERE ").append(look_is_due), name_, time,
                                time, time + 2 * lease_)
            .has_value();
    });
    if (!is_due) {
        return std::nullopt;
    }
    return database_.find_changed<std::int64_t>(
        update_returning(database_.dialect(), "Daily_Looks", "claimed_until = ?", look_is_due, {"last_id"}),
        time + lease_, name_, time, time, time + 2 * lease_);
}

bool SharedLook::note(std::int64_t last_id) {
    const Timestamp time = now();
    return database_.execute("UPDATE Daily_Looks SET last_id = ?, claimed_until = ? WHERE name = ? AND due_at <= ?",
                             last_id, time + lease_, name_, time) == 1;
}

void SharedLook::give_up(std::int64_t last_id) noexcept {
    try {
        database_.execute("UPDATE Daily_Looks SET last_id = ?, claimed_until = NULL WHERE name = ? AND due_at <= ?",
                          last_id, name_, now());
    } catch (const std::exception& error) {
        log::debug("a look through the documents could not be given up", {{"error", error.what()}});
    }
}

void SharedLook::end(Timestamp next, std::int64_t next_after) {
    database_.execute(
        "UPDATE Daily_Looks SET last_id = ?, claimed_until = NULL, due_at = ? WHERE name = ? AND due_at <= ?",
        next_after, next, name_, now());
}

}  // namespace nassaq::db
