#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "db/session.hpp"

/// The SQL of home folders.
namespace nassaq::homes {

/// Whether they have been given a home, be it there still or not.
bool was_given_home(db::Session& session, std::int64_t user_id);
/// Nothing where they have none, or have none any more.
std::optional<std::int64_t> find_home(db::Session& session, std::int64_t user_id);
void insert_home(db::Session& transaction, std::int64_t user_id, std::int64_t path_id);
/// They have none any more, and are given no other.
void leave_home(db::Session& transaction, std::int64_t user_id);
/// Nothing of an account that has gone.
std::optional<std::string> find_username(db::Session& session, std::int64_t user_id);

}  // namespace nassaq::homes
